//! Sandboxes: a configuration to run with, and the live interpreters that come of it.

mod blocking;
mod builder;
mod cancel;
mod code;
mod exception;
mod limits;
mod output;
#[cfg(feature = "packages")]
mod packages;
mod run;
mod session;
mod slots;
mod snapshot;
mod stats;
mod stream;
mod turn;
mod usage;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

pub(crate) use blocking::{finish, off_the_executor};
#[cfg(feature = "packages")]
pub use builder::Late;
pub use builder::SandboxBuilder;
pub use cancel::CancelToken;
pub use code::Code;
pub use exception::{Chained, Exception, Frame, Relation};
pub use limits::Limits;
pub use output::{Cause, Failure, Output, Unrepresentable};
pub use session::Session;
pub(crate) use slots::Slot;
pub use slots::Slots;
pub use snapshot::{Snapshot, SnapshotError};
pub use stats::Stats;
pub use stream::Stream;
pub use usage::Usage;

use crate::Result;
use crate::bundle::{Loaded, Manifest};
use crate::host::{Callback, Handler, Mounts, Registry, Sink, Watch};
use crate::tree::Tree;

/// A bundle with limits and callbacks: everything that is needed to hand out fresh interpreters.
///
/// It holds no interpreter itself, is cheap to clone and can be shared between threads and tasks.
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
    config: Arc<Config>,
}

#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) loaded: Arc<Loaded>,
    /// The bundle's tree, with the packages over it that were given at run time.
    pub(crate) tree: Tree,
    pub(crate) limits: Limits,
    pub(crate) registry: Arc<Registry>,
    pub(crate) handler: Option<Handler>,
    pub(crate) capture: bool,
    pub(crate) mounts: Arc<Mounts>,
    #[cfg(feature = "network")]
    pub(crate) network: Option<(Arc<crate::network::NetworkPolicy>, Arc<crate::host::network::Secrets>)>,
    pub(crate) slots: Option<Slots>,
    pub(crate) watch: Option<Watch>,
    pub(crate) cancels: Arc<[CancelToken]>,
    pub(crate) counters: Arc<stats::Counters>,
}

impl Config {
    fn sink(&self) -> Sink {
        Sink::with_handler(self.limits.output, self.capture, self.handler.clone())
    }

    /// The right to start an interpreter, which is there at once where nothing limits how many there are.
    async fn wait_for_slot(&self) -> Result<Option<Slot>> {
        match &self.slots {
            Some(slots) => slots.take(&self.cancels).await.map(Some),
            None => Ok(None),
        }
    }
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
    /// Starts a configuration.
    pub fn builder<'b>() -> SandboxBuilder<'b> {
        SandboxBuilder::new()
    }

    /// The callbacks, sorted by name, with what is known of them: what a model that writes the code is told.
    pub fn callbacks(&self) -> impl Iterator<Item = &Callback> {
        self.config.registry.iter()
    }

    /// What is inside the bundle.
    pub fn manifest(&self) -> &Manifest {
        &self.config.loaded.manifest
    }

    /// The same sandbox, whose executions end when `token` is cancelled, besides any that it has been given before.
    ///
    /// Cheap enough to be called for each execution.
    #[must_use]
    pub fn with_cancel(&self, token: &CancelToken) -> Self {
        let cancels = self.config.cancels.iter().chain([token]).cloned().collect();
        Self { config: Arc::new(Config { cancels, ..(*self.config).clone() }) }
    }

    /// What it and its clones have done so far.
    pub fn stats(&self) -> Stats {
        self.config.counters.read()
    }

    pub(crate) fn memories(&self) -> &crate::memory::Pool {
        &self.config.loaded.memory
    }

    /// Runs code in a fresh interpreter, which is gone afterwards.
    ///
    /// Needs a tokio runtime with its timer on. Dropping the future stops the code.
    ///
    /// # Errors
    /// [`Error::Execution`](crate::Error::Execution) when the code raises or a limit stops it.
    pub async fn execute(&self, code: impl Into<Code<'_>>) -> Result<Output> {
        let code = code.into();
        self.session().await?.run(code, None).await
    }

    /// [`execute`](Self::execute) for callers that are not asynchronous. It may be called from anywhere, within a
    /// tokio runtime too, and blocks the calling thread.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn execute_blocking<'c>(&self, code: impl Into<Code<'c>>) -> Result<Output> {
        let code = code.into();
        blocking::run(self.execute(code))
    }

    /// Runs the code in a file of the host, as [`execute`](Self::execute) does; tracebacks name the file. For inputs and
    /// the like, give [`Code::from_file`] to `execute`.
    ///
    /// # Errors
    /// As [`execute`](Self::execute), and [`Error::Read`](crate::Error::Read) when the file cannot be read.
    pub async fn execute_file(&self, path: impl AsRef<Path>) -> Result<Output> {
        let code = Code::from_file(path)?;
        self.execute(code).await
    }

    /// Runs code in a fresh interpreter, with its output as a stream while it runs. See [`Stream`].
    pub fn stream<'c>(&self, code: impl Into<Code<'c>>) -> Stream<'c> {
        let (sandbox, code) = (self.clone(), code.into());
        Stream::new(|pipe| async move { sandbox.session().await?.run(code, Some(pipe)).await })
    }

    /// A fresh interpreter that keeps its state between executions.
    ///
    /// # Errors
    /// When memory for it cannot be had.
    pub async fn session(&self) -> Result<Session> {
        Session::start(Arc::clone(&self.config)).await
    }

    /// [`session`](Self::session) for callers that are not asynchronous.
    ///
    /// # Errors
    /// As [`session`](Self::session).
    pub fn session_blocking(&self) -> Result<Session> {
        blocking::run(self.session())
    }
}
