//! A sandbox: a configuration to run code with.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::code::Code;
use super::config::Config;
use super::session::Session;
use super::stats::Stats;
use super::stream::Stream;
use crate::bundle::Manifest;
use crate::callbacks::Callback;
use crate::error::Result;
use crate::executor::block_on;
use crate::memory::MemoryPool;
use crate::outcome::Output;
use crate::scheduling::CancelToken;

/// A bundle with limits and callbacks; starts fresh interpreters.
///
/// It holds no interpreter itself, is cheap to clone, and can be shared between threads and tasks.
///
/// ```no_run
/// # async fn example(key: &eryx_rt::PublicKey) -> eryx_rt::Result<()> {
/// let bundle = eryx_rt::Bundle::open_signed("app.eryx", key)?;
/// let sandbox = eryx_rt::Sandbox::builder().with_bundle(&bundle).build()?;
/// let output = sandbox.execute("print('hello'); 6 * 7").await?;
/// assert_eq!(output.stdout, "hello\n");
/// assert_eq!(output.value, Some(42.into()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sandbox {
    pub(super) config: Arc<Config>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("bundle", &self.config.loaded.id)
            .field("limits", &self.config.limits)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Returns the callbacks, sorted by name, with their signatures and descriptions. Use it to tell a model
    /// that writes code which functions exist.
    pub fn callbacks(&self) -> impl Iterator<Item = &Callback> {
        self.config.registry.iter()
    }

    /// Returns the bundle's manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.config.loaded.manifest
    }

    /// Returns the same sandbox with one more cancel token: its executions end when `token` or a token from
    /// an earlier call is cancelled.
    ///
    /// The call is cheap enough to make for each execution.
    #[must_use]
    pub fn with_cancel(&self, token: &CancelToken) -> Self {
        let cancels = self.config.cancels.iter().chain([token]).cloned().collect();
        Self { config: Arc::new(Config { cancels, ..(*self.config).clone() }) }
    }

    /// Returns the counters of this sandbox and its clones.
    pub fn stats(&self) -> Stats {
        self.config.counters.read()
    }

    pub(crate) fn memories(&self) -> &MemoryPool {
        &self.config.loaded.memory
    }

    /// Runs code in a fresh interpreter and frees it afterwards.
    ///
    /// Needs a tokio runtime with its timer enabled. Dropping the future stops the code.
    ///
    /// # Errors
    /// [`Error::Execution`](crate::Error::Execution) when the code raises or a limit stops it.
    pub async fn execute(&self, code: impl Into<Code<'_>>) -> Result<Output> {
        let code = code.into();
        self.session().await?.run(code, None).await
    }

    /// [`execute`](Self::execute) for synchronous callers. You can call it anywhere, also within a tokio
    /// runtime; it blocks the calling thread.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn execute_blocking<'c>(&self, code: impl Into<Code<'c>>) -> Result<Output> {
        let code = code.into();
        block_on(self.execute(code))
    }

    /// Runs the code in a file of the host, as [`execute`](Self::execute) does; tracebacks name the file. To
    /// add inputs or other options, pass [`Code::from_file`] to `execute`.
    ///
    /// # Errors
    /// As [`execute`](Self::execute), and [`CodeError::Read`](crate::CodeError::Read) when the file cannot be
    /// read.
    pub async fn execute_file(&self, path: impl AsRef<Path>) -> Result<Output> {
        let code = Code::from_file(path)?;
        self.execute(code).await
    }

    /// Runs code in a fresh interpreter and returns its output as a stream while it runs. See [`Stream`].
    pub fn stream<'c>(&self, code: impl Into<Code<'c>>) -> Stream<'c> {
        let (sandbox, code) = (self.clone(), code.into());
        Stream::new(|pipe| async move { sandbox.session().await?.run(code, Some(pipe)).await })
    }

    /// Starts a fresh interpreter that keeps its state between executions.
    ///
    /// # Errors
    /// When the interpreter cannot start: memory is short, the queue for [slots](crate::Slots) is full, or a
    /// token is cancelled.
    pub async fn session(&self) -> Result<Session> {
        Session::start(Arc::clone(&self.config)).await
    }

    /// [`session`](Self::session) for synchronous callers; blocks the calling thread.
    ///
    /// # Errors
    /// As [`session`](Self::session).
    pub fn session_blocking(&self) -> Result<Session> {
        block_on(self.session())
    }
}
