//! A live interpreter.

use std::fmt;
use std::sync::Arc;

use eryx_runtime::bindings;
use wasmtime::{Store, Trap};
use wasmtime_wasi::I32Exit;

use super::output::{Cause, Exception, Failure, Output};
use super::run::{Run, Stopped};
use super::slots::cancelled_before_start;
use super::stats::Live;
use super::turn::Turn;
use super::{CancelToken, Config, Slot, blocking};
use crate::host::{FileInfo, HostState, MemoryLimitReached, OutputLimitReached};
use crate::{Error, Result, memory};

/// An interpreter whose state lives from one execution to the next.
///
/// ```no_run
/// # async fn example(sandbox: eryx_rt::Sandbox) -> eryx_rt::Result<()> {
/// let mut session = sandbox.session().await?;
/// session.execute("x = 20").await?;
/// assert_eq!(session.execute("x + 1").await?.value, Some(21.into()));
/// session.reset().await?;
/// # Ok(())
/// # }
/// ```
pub struct Session {
    store: Store<HostState>,
    guest: bindings::Sandbox,
    config: Arc<Config>,
    /// How many executions there were; names the code in tracebacks.
    count: u64,
    ended: bool,
    _live: Live,
    /// Behind the store: the slot is free when the memory is.
    _slot: Option<Slot>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("executions", &self.count)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Most bytes that the guest can hand to the host in one call (a value, the arguments of a callback): the host makes a
/// copy, so the guest must not decide how much that takes.
const LARGEST_TRANSFER: usize = 64 << 20;

impl Session {
    pub(super) async fn start(config: Arc<Config>) -> Result<Self> {
        let slot = match &config.slots {
            Some(slots) => Some(slots.take(&config.cancels).await?),
            None => None,
        };
        // Those that run already come first.
        Turn::join().come().await;
        if config.cancels.iter().any(CancelToken::is_cancelled) {
            return Err(cancelled_before_start());
        }
        let (tree, mounts) = (config.loaded.tree.clone(), Arc::clone(&config.mounts));
        let mut state = HostState::new(tree, mounts, config.limits.quota(), config.sink());
        state.limiter.memory = config.limits.memory;
        state.most_open_files = config.limits.open_files;
        state.limiter.table_elements = config.limits.table_elements;
        state.settings.recursion = config.limits.recursion;
        state.settings.watch.clone_from(&config.watch);
        state.calls.slot.clone_from(&slot);
        state.calls.registry = Arc::clone(&config.registry);
        state.calls.time_limit = config.limits.callback_time;
        let mut store = state.into_store(config.loaded.engine);
        store.set_hostcall_fuel(LARGEST_TRANSFER);
        store.set_epoch_deadline(1);
        // Guest code yields at each tick, and whoever polls it decides.
        store.epoch_deadline_async_yield_and_update(1);
        if config.loaded.manifest.fuel {
            // What starting takes is not the code's.
            store.set_fuel(u64::MAX).map_err(Error::engine)?;
        }
        let instantiate = config.loaded.pre.instantiate_async(&mut store);
        let (guest, view) = match memory::with_pool(&config.loaded.memory, None, instantiate).await {
            (Ok(guest), Some(view)) => (guest, view),
            (Ok(_), None) => return Err(Error::Engine("the bundle's code has no memory".into())),
            (Err(_), _) if store.data().limiter.refused => {
                return Err(Error::MemoryLimitTooLow {
                    limit: config.limits.memory,
                    needed: store.data().limiter.largest_request,
                });
            }
            (Err(error), _) => return Err(Error::engine(error)),
        };
        store.data_mut().memory = Some(view);
        let live = Live::begin(&config.counters);
        Ok(Self { store, guest, config, count: 0, ended: false, _live: live, _slot: slot })
    }

    /// Runs code in the session's namespace.
    ///
    /// Needs a tokio runtime with its timer on. Dropping the future stops the code and ends the session.
    ///
    /// # Errors
    /// [`Error::Execution`] when the code raises or a limit stops it; after the latter the session has ended, and
    /// every further call is [`Error::SessionEnded`].
    #[tracing::instrument(level = "debug", skip_all, fields(bytes = code.len()))]
    pub async fn execute(&mut self, code: &str) -> Result<Output> {
        if self.ended {
            return Err(Error::SessionEnded);
        }
        let mut run = Run::begin(&mut self.store, &self.config)?;
        let calls = self.store.data().calls.execution();
        self.count += 1;
        let filename = format!("<execution {}>", self.count);

        // Whoever drops this future drops guest frames in the middle: only a call that returns clears the mark.
        self.ended = true;
        let call = self.guest.eryx_sandbox_guest().call_execute(&mut self.store, code, &filename);
        let result = run.drive(call).await;

        let sink = &self.store.data().sink;
        let elapsed = run.wall_time();
        let cause = match result {
            Ok(outcome) => {
                self.ended = false;
                calls.ended_well();
                match outcome {
                    Ok(json) => {
                        // The guest made the JSON, so it may be anything: what is not JSON is no value.
                        let value = json.and_then(|json| serde_json::from_str(&json).ok());
                        run.end(None, &self.store);
                        return Ok(Output::collect(sink, value, elapsed));
                    }
                    Err(exception) => match Exception::from(exception) {
                        // `sys.exit()` and `sys.exit(0)` are how scripts end well.
                        Exception { exit_code: Some(0), .. } => {
                            run.end(None, &self.store);
                            return Ok(Output::collect(sink, None, elapsed));
                        }
                        exception => Cause::Exception(exception),
                    },
                }
            }
            Err(error) => stop_cause(error, &self.config, self.store.data()),
        };
        run.end(Some(&cause), &self.store);
        Err(Error::Execution(Box::new(Failure { cause, output: Output::collect(sink, None, elapsed) })))
    }

    /// [`execute`](Self::execute) for callers that are not asynchronous; blocks the calling thread.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn execute_blocking(&mut self, code: &str) -> Result<Output> {
        blocking::run(self.execute(code))
    }

    /// Forgets all names that executions defined. Modules stay imported, what code did to them stays done, and files
    /// stay as they are: a fresh start is a new session.
    ///
    /// # Errors
    /// [`Error::SessionEnded`] when it has; [`Error::Execution`] when code that runs because its object is forgotten
    /// passes a limit.
    pub async fn reset(&mut self) -> Result<()> {
        if self.ended {
            return Err(Error::SessionEnded);
        }
        let mut run = Run::begin(&mut self.store, &self.config)?;
        self.ended = true;
        // Forgetting a name may run code: its `__del__`.
        let call = self.guest.eryx_sandbox_guest().call_reset(&mut self.store);
        if let Err(error) = run.drive(call).await {
            let cause = stop_cause(error, &self.config, self.store.data());
            let output = Output::collect(&self.store.data().sink, None, run.wall_time());
            run.end(Some(&cause), &self.store);
            return Err(Error::Execution(Box::new(Failure { cause, output })));
        }
        run.end(None, &self.store);
        self.ended = false;
        Ok(())
    }

    /// The bytes of a file, by its absolute path: one that code in the session wrote, or any other that it can read.
    /// Works in a session that has ended too.
    ///
    /// # Errors
    /// [`Error::File`] when there is none.
    pub fn read_file(&mut self, path: &str) -> Result<Vec<u8>> {
        self.store.data_mut().files.read_file(path)
    }

    /// Writes a file, by its absolute path, replacing one that is there. Missing folders are made. It counts towards
    /// the limits on files.
    ///
    /// # Errors
    /// [`Error::File`] when it is not in a writable folder, or a limit is passed; then the file is not there.
    pub fn write_file(&mut self, path: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.store.data_mut().files.write_file(path, bytes.as_ref())
    }

    /// All files in a folder and the folders in it, sorted by path.
    ///
    /// ```no_run
    /// # fn example(mut session: eryx_rt::Session) -> eryx_rt::Result<()> {
    /// session.execute_blocking("open('/data/answer.txt', 'w').write('42')")?;
    /// for file in session.list_files("/data")? {
    ///     println!("{} ({} bytes)", file.path, file.size);
    /// }
    /// assert_eq!(session.read_file("/data/answer.txt")?, b"42");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::File`] when there is no such folder.
    pub fn list_files(&mut self, path: &str) -> Result<Vec<FileInfo>> {
        self.store.data_mut().files.list_files(path)
    }

    /// Largest size of the interpreter's memory so far, in bytes.
    pub fn peak_memory(&self) -> usize {
        self.store.data().limiter.peak
    }
}

/// Why the guest stopped in the middle.
fn stop_cause(error: wasmtime::Error, config: &Config, state: &HostState) -> Cause {
    let error = match error.downcast::<Stopped>() {
        Ok(Stopped(cause)) => return cause,
        Err(error) => error,
    };
    if let Some(limit) = error.downcast_ref::<OutputLimitReached>() {
        return Cause::OutputLimit(limit.0);
    }
    if error.is::<MemoryLimitReached>() {
        return Cause::Memory(state.limiter.memory);
    }
    if error.is::<I32Exit>() {
        return Cause::Exit;
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Cause::Fuel(config.limits.fuel.unwrap_or(u64::MAX)),
        Some(Trap::StackOverflow) => {
            Cause::Crash("the code recursed too deeply and the stack overflowed".into())
        }
        Some(_) if state.limiter.refused => Cause::Memory(state.limiter.memory),
        Some(trap) => Cause::Crash(trap.to_string()),
        None => Cause::Crash(format!("{:#}", error.root_cause())),
    }
}
