//! The interpreter at build time: the linked component, instrumented for the snapshot, running on this machine.
//!
//! One compiled form serves two purposes, compiling `.pyc` files and warming. All bundles without native extensions
//! share it. Its results depend only on its inputs, because clocks and random sources are deterministic.

mod draws;

use std::collections::BTreeMap;
use std::iter::Cycle;
use std::time::Duration;
use std::vec::IntoIter;

use eryx_rt::__private::engine::{Effort, compiler};
use eryx_rt::__private::host::{HostState, Sink, Surroundings, link};
use eryx_rt::__private::tree::Tree;
use eryx_rt::Mount;
use eryx_runtime::bindings::{Sandbox, SandboxPre};
use rustix::time::{ClockId, clock_gettime};
use wasmtime::Store;
use wasmtime::component::Instance;
use wasmtime_wizer::Wizer;

pub(crate) use self::draws::{EntropyDraws, RunningCode};
use crate::bounds::{self, Allowance};
use crate::context::BuildContext;
use crate::error::{Context as _, Error, Result};
use crate::exception_tags;
use crate::link::Component;

/// Limit of the guest's output that a build keeps, in bytes.
const OUTPUT: usize = 1 << 20;

/// The linked component with the snapshot tool's instrumentation, compiled for this machine.
pub(crate) struct Guest {
    engine: wasmtime::Engine,
    pre: SandboxPre<HostState>,
}

/// One running interpreter.
pub(crate) struct Interpreter {
    pub(crate) store: Store<HostState>,
    pub(crate) instance: Instance,
    pub(crate) sandbox: Sandbox,
    /// Its output, shown only after a failure.
    pub(crate) sink: Sink,
    /// Its draws of entropy.
    pub(crate) draws: EntropyDraws,
    /// Its limits.
    pub(crate) allowance: Allowance,
}

/// The interpreter has used up its CPU time.
#[derive(Debug)]
struct CpuTimeExhausted;

impl std::fmt::Display for CpuTimeExhausted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("its CPU time is used up")
    }
}

impl std::error::Error for CpuTimeExhausted {}

/// Returns the CPU time of this thread.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Configures the snapshot tool, so that the functions for running a bundle stay exported.
pub(crate) fn wizer() -> Wizer {
    let mut wizer = Wizer::new();
    wizer.keep_init_func(true);
    wizer
}

/// The inputs that decide how a component is compiled for this machine.
struct CompilationPlan {
    engine: wasmtime::Engine,
    key: String,
}

impl CompilationPlan {
    fn new(component: &Component) -> Result<Self> {
        use std::hash::{Hash as _, Hasher as _};

        let engine = compiler(None, Effort::Once, false).map_err(Error::of_wasmtime)?;
        // The engine's own hash covers settings, wasmtime version and CPU features.
        let mut settings = std::hash::DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut settings);
        let mut hash = blake3::Hasher::new();
        hash.update(component.as_bytes());
        hash.update(&settings.finish().to_le_bytes());
        let key = hash.finalize().to_hex().to_string();
        Ok(Self { engine, key })
    }

    fn cached(&self, context: &BuildContext) -> Result<Option<Guest>> {
        let Some(path) = context.cache.get("guest", &self.key) else { return Ok(None) };
        // SAFETY: `deserialize_file` requires a file that wasmtime serialised. This program compiled the file and put
        // it into the user's own cache. An attacker who can write there can also replace this program.
        match unsafe { wasmtime::component::Component::deserialize_file(&self.engine, &path) } {
            Ok(compiled) => Guest::new(self.engine.clone(), &compiled).map(Some),
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "the build-time interpreter in the cache is damaged");
                Ok(None)
            }
        }
    }
}

impl Guest {
    /// Compiles the component for this machine, or takes the result from the cache.
    pub(crate) fn load(component: &Component, context: &BuildContext) -> Result<Self> {
        let plan = CompilationPlan::new(component)?;
        let _lock = context.cache.lock("guest", &plan.key)?;
        if let Some(guest) = plan.cached(context)? {
            return Ok(guest);
        }
        let progress = context.reporter.begin("Compiling", "the build-time interpreter", None);
        let (shown, hidden) = exception_tags::hide(component.as_bytes())?;
        let (_, instrumented) = wizer().instrument_component(&shown).map_err(Error::of_wasmtime)?;
        let instrumented = hidden.restore(&instrumented)?;
        let code = plan.engine.precompile_component(&instrumented).map_err(Error::of_wasmtime)?;
        let path = context.cache.put("guest", &plan.key, |path| {
            fs_err::write(path, &code).context(|| "cannot write to the cache")
        })?;
        progress.finish("");
        // SAFETY: `deserialize_file` requires a file that wasmtime serialised. The same engine compiled the component
        // above, and its output was put into the user's own cache just now.
        let compiled = unsafe { wasmtime::component::Component::deserialize_file(&plan.engine, path) };
        Self::new(plan.engine, &compiled.map_err(Error::of_wasmtime)?)
    }

    /// Returns the compiled component if the cache has it.
    pub(crate) fn load_cached(component: &Component, context: &BuildContext) -> Result<Option<Self>> {
        let plan = CompilationPlan::new(component)?;
        let _lock = context.cache.lock("guest", &plan.key)?;
        plan.cached(context)
    }

    fn new(engine: wasmtime::Engine, component: &wasmtime::component::Component) -> Result<Self> {
        let pre = link(&engine, component).map_err(Error::of_wasmtime)?;
        Ok(Self { engine, pre })
    }

    /// Starts an interpreter with the files in `tree`. `seed` decides all its randomness.
    pub(crate) async fn start(&self, tree: Tree, seed: &[u8], allowance: Allowance) -> Result<Interpreter> {
        let setting = InterpreterSettings { mounts: BTreeMap::new(), environment: Vec::new(), allowance };
        self.start_in(tree, seed, setting).await
    }

    /// Starts an interpreter with further files in memory and with environment variables.
    pub(crate) async fn start_in(
        &self,
        tree: Tree,
        seed: &[u8],
        setting: InterpreterSettings,
    ) -> Result<Interpreter> {
        let sink = Sink::capture(OUTPUT);
        let mut stream = vec![0; 4096];
        blake3::Hasher::new().update(seed).finalize_xof().fill(&mut stream);
        let draws = EntropyDraws::default();
        let made_up =
            DeterministicSource { ticks: 0, random: stream.into_iter().cycle(), draws: draws.clone() };
        let told = draws.clone();
        let allowance = setting.allowance;
        let state = HostState::surrounded(tree, sink.clone(), made_up, setting.mounts, setting.environment)
            .context(|| "the interpreter's files do not fit together")?
            .limited(usize::try_from(allowance.memory).unwrap_or(usize::MAX), allowance.memory)
            .with_callback("drawing", move |place| std::future::ready(told.tell(place)));
        let mut store = state.into_store(&self.engine);
        store.set_epoch_deadline(TICKS);
        // One thread runs an interpreter to its end, so the thread's CPU clock measures the interpreter.
        let begun = cpu_time();
        store.epoch_deadline_callback(move |_| {
            if cpu_time().saturating_sub(begun) > allowance.cpu_time {
                return Err(CpuTimeExhausted.into());
            }
            // Yields, so that a time-out can check its clock.
            Ok(wasmtime::UpdateDeadline::Yield(TICKS))
        });
        let instance =
            self.pre.instance_pre().instantiate_async(&mut store).await.map_err(Error::of_wasmtime)?;
        let sandbox = Sandbox::new(&mut store, &instance).map_err(Error::of_wasmtime)?;
        Ok(Interpreter { store, instance, sandbox, sink, draws, allowance })
    }

    /// Runs a future of this guest's interpreters with a ticking epoch clock, so that time limits apply. `doing` names
    /// the operation in the error after a time-out.
    pub(crate) fn run<T, F: Future<Output = Result<T>>>(
        &self,
        doing: &str,
        allowance: Allowance,
        future: F,
    ) -> Result<T> {
        let limited = async {
            tokio::time::timeout(allowance.wall_time, future)
                .await
                .unwrap_or_else(|_| Err(too_long(doing, allowance.wall_time, "", "build-wall-time")))
        };
        self.ticking(limited)?
    }

    fn ticking<F: Future>(&self, future: F) -> Result<F::Output> {
        let (done, wait) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                while wait.recv_timeout(TICK) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                    self.engine.increment_epoch();
                }
            });
            let output = block_on(future);
            drop(done);
            output
        })
    }
}

/// Settings of an interpreter besides its tree.
pub(crate) struct InterpreterSettings {
    /// Folders in memory, by absolute path.
    pub(crate) mounts: BTreeMap<String, Mount>,
    /// Environment variables.
    pub(crate) environment: Vec<(String, String)>,
    /// Its limits. The limit of memory also applies to files in memory, separately.
    pub(crate) allowance: Allowance,
}

/// Interval of the ticks of [`Guest::run`].
const TICK: Duration = Duration::from_millis(100);

/// Ticks until guest code yields.
const TICKS: u64 = 1;

impl Interpreter {
    /// Returns the output since the last call, formatted for a person.
    pub(crate) fn written(&self) -> String {
        let (stdout, stderr) = self.sink.take();
        String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()
    }

    /// Creates the error for a guest that trapped, with its output.
    pub(crate) fn crashed(&self, doing: &str, error: &wasmtime::Error) -> Error {
        if error.is::<CpuTimeExhausted>() {
            return too_long(doing, self.allowance.cpu_time, " of CPU time", "build-cpu-time");
        }
        let text = self.written();
        let text = text.trim_end();
        let written = if text.is_empty() { String::new() } else { format!("\n{text}") };
        let error =
            Error::new(format!("the interpreter crashed while {doing}: {}{written}", error.root_cause()));
        match self.memory_help() {
            Some(help) => error.help(help),
            None => error,
        }
    }

    /// Returns advice if an allocation was refused; `None` otherwise.
    pub(crate) fn memory_help(&self) -> Option<String> {
        self.store.data().memory_was_refused().then(|| {
            format!(
                "its limit is {} of memory; raise it in the declaration, for example build-memory = \"4GiB\"",
                bounds::size(self.allowance.memory)
            )
        })
    }
}

/// Creates the error for Python that exceeds a time limit.
fn too_long(doing: &str, limit: Duration, kind: &str, key: &str) -> Error {
    Error::new(format!("{doing} took more than {} seconds{kind}", limit.as_secs_f32())).help(format!(
        "if it needs more time, raise the limit in the declaration, for example {key} = \"{}\"",
        if limit < Duration::from_mins(30) { "30m" } else { "5h" }
    ))
}

/// Runs a future to its end on a small runtime.
fn block_on<F: Future>(future: F) -> Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .context(|| "cannot start the runtime that the build-time interpreter needs")?;
    Ok(runtime.block_on(future))
}

/// A clock that starts at 1980-01-01 and advances one microsecond on each read, and random bytes derived from a seed.
/// Draws are counted.
struct DeterministicSource {
    ticks: u64,
    random: Cycle<IntoIter<u8>>,
    draws: EntropyDraws,
}

impl Surroundings for DeterministicSource {
    fn wall_clock(&mut self) -> Duration {
        Duration::from_secs(315_532_800) + self.monotonic_clock()
    }

    fn monotonic_clock(&mut self) -> Duration {
        self.ticks += 1;
        Duration::from_micros(self.ticks)
    }

    fn random(&mut self, bytes: &mut [u8]) -> wasmtime::Result<()> {
        self.draws.count();
        for (byte, random) in bytes.iter_mut().zip(&mut self.random) {
            *byte = random;
        }
        Ok(())
    }
}
