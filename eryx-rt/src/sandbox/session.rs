//! A live interpreter.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use eryx_runtime::bindings;
use wasmtime::{Store, Trap};
use wasmtime_wasi::I32Exit;

use super::code::Code;
use super::config::Config;
use super::run::{Run, StopError};
use super::stats::SessionCount;
use super::stream::Stream;
use crate::budget::{Budget, HostMemoryError};
use crate::error::{ConfigError, Error, Result, SessionError};
use crate::executor::block_on;
use crate::filesystem::FileInfo;
use crate::host::{
    ExecutionValue, HostState, MemoryLimitError, OutputLimitError, Pipe, Stdin, is_refusal, largest_transfer,
};
use crate::memory::{Difference, MemoryView, with_pool};
#[cfg(feature = "network")]
use crate::network::Network;
use crate::outcome::{Cause, Exception, Failure, Output, Usage};
use crate::scheduling::{CancelToken, Slot, Turn, cancelled_before_start};

/// An interpreter that keeps its state between executions.
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
    pub(super) store: Store<HostState>,
    pub(super) guest: bindings::Sandbox,
    pub(super) config: Arc<Config>,
    pub(super) ended: bool,
    _live: SessionCount,
    /// Declared after the store, so that the memory is freed before the slot.
    _slot: Option<Slot>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl Session {
    pub(super) async fn start(config: Arc<Config>) -> Result<Self> {
        let slot = config.wait_for_slot().await?;
        Self::begin(config, slot, None).await
    }

    /// Starts an interpreter whose memory is the start image with the changes in `memory`.
    pub(super) async fn begin(
        config: Arc<Config>,
        slot: Option<Slot>,
        memory: Option<&Arc<Difference>>,
    ) -> Result<Self> {
        // Executions that run already come first.
        let is_cancelled = || config.cancels.iter().any(CancelToken::is_cancelled);
        Turn::join().come(is_cancelled).await;
        if is_cancelled() {
            return Err(cancelled_before_start());
        }
        let (tree, mounts) = (config.tree.clone(), Arc::clone(&config.mounts));
        let budget = Budget::new(config.limits.host_memory);
        let mut state = HostState::new(tree, mounts, config.limits.quota(), config.sink(), budget);
        state.limiter.memory = config.limits.memory;
        state.open_files.limit = config.limits.open_files;
        state.limiter.table_elements = config.limits.table_elements;
        state.settings.recursion = config.limits.recursion;
        state.settings.watch.clone_from(&config.watch);
        state.calls.slot.clone_from(&slot);
        state.calls.registry = Arc::clone(&config.registry);
        state.calls.time_limit = config.limits.callback_time;
        #[cfg(feature = "network")]
        if let Some((policy, secrets)) = &config.network {
            let network = Network::new(Arc::clone(policy), Arc::clone(secrets));
            state.network = Some(Box::new(network));
        }
        let mut store = state.into_store(config.loaded.engine);
        store.set_hostcall_fuel(largest_transfer(config.limits.host_memory));
        store.set_epoch_deadline(1);
        // Guest code yields at each tick; the code that polls it decides whether it continues.
        store.epoch_deadline_async_yield_and_update(1);
        if config.loaded.manifest.fuel {
            // Starting must not use the code's fuel.
            store.set_fuel(u64::MAX).map_err(Error::engine)?;
        }
        let instantiate = config.loaded.pre.instantiate_async(&mut store);
        let (guest, view) = match with_pool(&config.loaded.memory, memory, instantiate).await {
            (Ok(guest), Some(view)) => (guest, view),
            (Ok(_), None) => return Err(Error::engine("the bundle's code has no memory")),
            (Err(_), _) if store.data().limiter.refused => {
                return Err(ConfigError::MemoryLimitTooLow {
                    limit: config.limits.memory,
                    needed: store.data().limiter.largest_request,
                }
                .into());
            }
            (Err(error), _) => return Err(Error::engine(error)),
        };
        store.data_mut().memory = Some(view);
        let live = SessionCount::begin(&config.counters);
        Ok(Self { store, guest, config, ended: false, _live: live, _slot: slot })
    }

    /// Runs code in the session's namespace: text, or a [`Code`] with inputs, a name and other options. Code
    /// that uses `await` runs on the session's event loop; other tasks of the loop wait for the next
    /// execution that awaits.
    ///
    /// Needs a tokio runtime with its timer enabled. Dropping the future stops the code and ends the session.
    ///
    /// # Errors
    /// [`Error::Execution`] when the code raises or a limit stops it. A limit ends the session too: every
    /// further call returns [`SessionError::Ended`]. [`Error::Code`] when an input is invalid; the code does
    /// not run then.
    pub async fn execute(&mut self, code: impl Into<Code<'_>>) -> Result<Output> {
        let code = code.into();
        self.run(code, None).await
    }

    /// [`execute`](Self::execute) for synchronous callers; blocks the calling thread.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn execute_blocking<'c>(&mut self, code: impl Into<Code<'c>>) -> Result<Output> {
        let code = code.into();
        block_on(self.run(code, None))
    }

    /// Runs the code in a file of the host, as [`execute`](Self::execute) does; tracebacks name the file. To
    /// add inputs or other options, pass [`Code::from_file`] to `execute`.
    ///
    /// # Errors
    /// As [`execute`](Self::execute), and [`CodeError::Read`](crate::CodeError::Read) when the file cannot be read.
    pub async fn execute_file(&mut self, path: impl AsRef<Path>) -> Result<Output> {
        let code = Code::from_file(path)?;
        self.run(code, None).await
    }

    /// Runs code and returns its output as a stream while it runs. See [`Stream`].
    ///
    /// Dropping the stream before its end stops the code and ends the session.
    pub fn stream<'a>(&'a mut self, code: impl Into<Code<'a>>) -> Stream<'a> {
        let code = code.into();
        Stream::new(|pipe| self.run(code, Some(pipe)))
    }

    /// Runs code. Its output goes to `pipe`, if given.
    #[tracing::instrument(level = "debug", name = "execute", skip_all, fields(bytes = code.source.len()))]
    pub(super) async fn run(&mut self, mut code: Code<'_>, pipe: Option<Pipe>) -> Result<Output> {
        if self.ended {
            return Err(SessionError::Ended.into());
        }
        let inputs = code.take_inputs()?;
        let mut run = Run::begin(&mut self.store, &self.config)?;
        let state = self.store.data_mut();
        state.input.set(std::mem::take(&mut code.stdin));
        if let Some(pipe) = pipe {
            state.sink.attach(pipe);
        }

        // Dropping this future drops guest frames in the middle of a call. Only a call that returns clears
        // the mark.
        self.ended = true;
        let calls = self.store.data().calls.execution();
        let (guest, store) = (&self.guest, &mut self.store);
        let call = async {
            let outcome = guest
                .eryx_sandbox_guest()
                .call_execute(
                    &mut *store,
                    &code.source,
                    code.filename.as_deref(),
                    inputs.as_deref(),
                    code.answer.as_deref(),
                )
                .await?;
            let (outcome, budget) = (store.data().scrubbed_outcome(outcome), store.data().budget.clone());
            // Within the run, so that its limits on time apply.
            ExecutionValue::take(outcome, &budget).await
        };
        let result = run.drive(call).await;

        // Input that the code did not read is dropped: a reader may hold resources.
        self.store.data().input.set(Stdin::empty());
        let mut output = self.collect(&run);
        let cause = match result {
            Ok(outcome) => {
                self.ended = false;
                calls.ended_well();
                match outcome.map_err(Exception::from) {
                    Ok(value) => {
                        run.end(None, &self.store);
                        value.put_into(&mut output);
                        return Ok(output);
                    }
                    // `sys.exit()` and `sys.exit(0)` are a script's normal end.
                    Err(Exception { exit_code: Some(0), .. }) => {
                        run.end(None, &self.store);
                        return Ok(output);
                    }
                    Err(exception) => Cause::Exception(exception),
                }
            }
            Err(error) => stop_cause(error, &self.config, self.store.data()),
        };
        run.end(Some(&cause), &self.store);
        Err(Failure::new(cause, output).into())
    }

    /// Returns the output and usage of a run.
    pub(super) fn collect(&self, run: &Run) -> Output {
        let state = self.store.data();
        let usage = Usage {
            wall_time: run.wall_time(),
            cpu_time: run.cpu_time(),
            peak_memory: state.limiter.peak,
            output_bytes: state.sink.written(),
            callbacks: state.calls.made,
        };
        let text = |bytes| {
            String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
        };
        let (stdout, stderr) = state.sink.take();
        Output { stdout: text(stdout), stderr: text(stderr), value: None, unrepresentable: None, usage }
    }

    /// Forgets all names that executions defined, cancels the tasks of the event loop, and empties the caches
    /// of compiled code and source lines. Imported modules stay imported with their changes, and files stay
    /// as they are. For a fresh start, open a new session.
    ///
    /// # Errors
    /// [`SessionError::Ended`] when the session has ended; [`Error::Execution`] when a finaliser (`__del__`)
    /// of a forgotten object exceeds a limit.
    pub async fn reset(&mut self) -> Result<()> {
        if self.ended {
            return Err(SessionError::Ended.into());
        }
        let mut run = Run::begin(&mut self.store, &self.config)?;
        self.ended = true;
        // Forgetting a name may run code: its `__del__`.
        let call = self.guest.eryx_sandbox_guest().call_reset(&mut self.store);
        let result = run.drive(call).await;
        // Its output must not appear in a later execution.
        let output = self.collect(&run);
        if let Err(error) = result {
            let cause = stop_cause(error, &self.config, self.store.data());
            run.end(Some(&cause), &self.store);
            return Err(Failure::new(cause, output).into());
        }
        run.end(None, &self.store);
        self.ended = false;
        Ok(())
    }

    /// Ends the session and frees its memory and files. Dropping it has the same effect.
    ///
    /// An idle session costs only the memory that its code wrote to; it has no thread and no timer.
    pub fn close(self) {
        drop(self);
    }

    /// Reads a file by its absolute path: any file that code in the session can read. Works after the session
    /// has ended too.
    ///
    /// # Errors
    /// [`SessionError::File`] when the file does not exist.
    pub fn read_file(&mut self, path: &str) -> Result<Vec<u8>> {
        self.store.data_mut().files.read_file(path)
    }

    /// Writes a file at its absolute path, and replaces an existing one. Missing folders are made. The file
    /// counts towards the limits on files.
    ///
    /// # Errors
    /// [`SessionError::File`] when the folder is not writable or a limit is exceeded; then the file does not
    /// exist.
    pub fn write_file(&mut self, path: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.store.data_mut().files.write_file(path, bytes.as_ref())
    }

    /// Lists all files in a folder and its subfolders, sorted by path.
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
    /// [`SessionError::File`] when the folder does not exist.
    pub fn list_files(&mut self, path: &str) -> Result<Vec<FileInfo>> {
        self.store.data_mut().files.list_files(path)
    }

    /// Passes all bytes of the interpreter's memory to `look`.
    pub(crate) fn look_at_memory<R>(&mut self, look: impl FnOnce(&[u8]) -> R) -> Option<R> {
        // SAFETY: the state holds the view that the instance in this very store was given; see `begin`.
        unsafe { MemoryView::bytes(&mut self.store, |state| state.memory.as_ref(), look) }
    }

    /// Returns the largest size of the interpreter's memory so far, in bytes.
    pub fn peak_memory(&self) -> usize {
        self.store.data().limiter.peak
    }
}

/// Returns the cause of an error that stopped the guest in the middle of a call.
pub(super) fn stop_cause(error: wasmtime::Error, config: &Config, state: &HostState) -> Cause {
    let error = match error.downcast::<StopError>() {
        Ok(StopError(cause)) => return cause,
        Err(error) => error,
    };
    if let Some(limit) = error.downcast_ref::<OutputLimitError>() {
        return Cause::OutputLimit(limit.0);
    }
    if error.is::<HostMemoryError>() || is_refusal(&error) {
        return Cause::HostMemory(config.limits.host_memory);
    }
    if error.is::<MemoryLimitError>() {
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
