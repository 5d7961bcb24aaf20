//! A live interpreter.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use eryx_runtime::bindings;
use wasmtime::{Store, Trap, UpdateDeadline};
use wasmtime_wasi::I32Exit;

use super::output::{Cause, Exception, Failure, Output};
use super::{Config, blocking};
use crate::engine::{self, Running};
use crate::host::{FileInfo, HostState, OutputLimitReached};
use crate::{Error, Result};

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

/// The wall-time limit was passed while guest code ran.
#[derive(Debug, thiserror::Error)]
#[error("wall-time limit")]
struct TimeIsUp;

impl Session {
    pub(super) async fn start(config: Arc<Config>) -> Result<Self> {
        let engine = engine::shared()?;
        let (tree, mounts) = (config.loaded.tree.clone(), Arc::clone(&config.mounts));
        let mut state = HostState::new(tree, mounts, config.limits.quota(), config.sink());
        state.limiter.memory = config.limits.memory;
        state.most_open_files = config.limits.open_files;
        state.calls.registry = Arc::clone(&config.registry);
        state.calls.limit = config.limits.callbacks;
        state.calls.time_limit = config.limits.callback_time;
        let mut store = state.into_store(engine);
        store.set_hostcall_fuel(LARGEST_TRANSFER);
        // The callback decides; the deadline only says how often it is asked: at every tick.
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| match store.data().deadline {
            Some(deadline) if Instant::now() >= deadline => Err(TimeIsUp.into()),
            _ => Ok(UpdateDeadline::Yield(1)),
        });
        let guest = match config.loaded.pre.instantiate_async(&mut store).await {
            Ok(guest) => guest,
            Err(_) if store.data().limiter.refused => {
                return Err(Error::MemoryLimitTooLow {
                    limit: config.limits.memory,
                    needed: store.data().limiter.largest_request,
                });
            }
            Err(error) => return Err(Error::engine(error)),
        };
        Ok(Self { store, guest, config, count: 0, ended: false })
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
        let running = Running::enter(self.store.engine()).map_err(Error::engine)?;
        let started = Instant::now();
        let wall_time = self.config.limits.wall_time;
        let deadline = started.checked_add(wall_time);
        self.store.data_mut().deadline = deadline;
        let calls = self.store.data_mut().calls.begin_execution();
        self.count += 1;
        let filename = format!("<execution {}>", self.count);

        // Whoever drops this future drops guest frames in the middle: only a call that returns clears the mark.
        self.ended = true;
        let call = self.guest.eryx_sandbox_guest().call_execute(&mut self.store, code, &filename);
        let result = match deadline {
            // The guest may be asleep in a host call, where no epoch is seen.
            Some(deadline) => match tokio::time::timeout_at(deadline.into(), call).await {
                Ok(result) => result,
                Err(_) => Err(TimeIsUp.into()),
            },
            None => call.await,
        };
        drop(running);

        let sink = &self.store.data().sink;
        let elapsed = started.elapsed();
        let cause = match result {
            Ok(outcome) => {
                self.ended = false;
                calls.ended_well();
                match outcome {
                    Ok(json) => {
                        // The guest made the JSON, so it may be anything: what is not JSON is no value.
                        let value = json.and_then(|json| serde_json::from_str(&json).ok());
                        return Ok(Output::collect(sink, value, elapsed));
                    }
                    Err(exception) => match Exception::from(exception) {
                        // `sys.exit()` and `sys.exit(0)` are how scripts end well.
                        Exception { exit_code: Some(0), .. } => {
                            return Ok(Output::collect(sink, None, elapsed));
                        }
                        exception => Cause::Exception(exception),
                    },
                }
            }
            Err(error) if error.is::<TimeIsUp>() => Cause::WallTime(wall_time),
            Err(error) => trap_cause(&error, self.store.data()),
        };
        tracing::debug!(%cause, "execution failed");
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
    /// [`Error::SessionEnded`] when it has.
    pub async fn reset(&mut self) -> Result<()> {
        if self.ended {
            return Err(Error::SessionEnded);
        }
        let _running = Running::enter(self.store.engine()).map_err(Error::engine)?;
        self.store.data_mut().deadline = Instant::now().checked_add(self.config.limits.wall_time);
        self.ended = true;
        self.guest.eryx_sandbox_guest().call_reset(&mut self.store).await.map_err(Error::engine)?;
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
fn trap_cause(error: &wasmtime::Error, state: &HostState) -> Cause {
    if let Some(limit) = error.downcast_ref::<OutputLimitReached>() {
        return Cause::OutputLimit(limit.0);
    }
    if error.is::<I32Exit>() {
        return Cause::Exit;
    }
    Cause::Crash(match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => "the code recursed too deeply and the stack overflowed".into(),
        Some(_) if state.limiter.refused => {
            format!("it ran out of memory at its limit of {} bytes", state.limiter.memory)
        }
        Some(trap) => trap.to_string(),
        None => format!("{:#}", error.root_cause()),
    })
}
