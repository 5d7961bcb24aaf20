//! Puts a sandbox together.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::config::Config;
use super::limits::Limits;
use super::sandbox::Sandbox;
use crate::callbacks::{Callback, IntoCallback, Registry};
use crate::error::{ConfigError, Result};
use crate::filesystem::{Mount, Mounts, add_file};
use crate::host::{Event, EventWatch, Events, OutputHandler, Stdio};
use crate::loader::{self, Bundle};
#[cfg(feature = "network")]
use crate::network::NetworkPolicy;
use crate::scheduling::Slots;
use crate::store::Store;

/// Puts a sandbox together: a bundle with limits, callbacks, files and the like. Made by [`Sandbox::builder`].
///
/// ```no_run
/// use std::time::Duration;
/// use eryx_rt::{Limits, Sandbox};
/// # fn example(bundle: &eryx_rt::Bundle) -> eryx_rt::Result<()> {
/// let sandbox = Sandbox::builder()
///     .with_bundle(bundle)
///     .with_limits(Limits::default().with_wall_time(Duration::from_secs(2)))
///     .with_callback("lookup", |id: u64| async move { format!("user {id}") })
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct SandboxBuilder<'b> {
    bundle: Option<BundleSource<'b>>,
    store: Option<Store>,
    limits: Limits,
    callbacks: Vec<Callback>,
    slots: Option<Slots>,
    watch: Option<EventWatch>,
    handler: Option<OutputHandler>,
    capture: bool,
    mounts: BTreeMap<String, Mount>,
    files: Vec<(String, Vec<u8>)>,
    #[cfg(feature = "network")]
    network: Option<NetworkPolicy>,
    #[cfg(feature = "packages")]
    packages: RuntimePackages,
}

/// The bundle of the program, or one that was linked for this sandbox.
#[derive(Debug)]
enum BundleSource<'b> {
    Borrowed(&'b Bundle),
    #[cfg(feature = "packages")]
    Linked(Arc<Bundle>),
}

/// Packages besides those of the bundle. The crate `eryx` links them with its feature `build`.
#[cfg(feature = "packages")]
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct RuntimePackages {
    /// Wheels and folders that are mounted.
    pub packages: Vec<std::path::PathBuf>,
    /// Wheels and folders that are in the bundle, because it was linked for them.
    pub linked: Vec<std::path::PathBuf>,
    /// Requirements that were resolved, and are in the bundle.
    pub requirements: Vec<String>,
    /// The folder that keeps what is built.
    pub cache_dir: Option<std::path::PathBuf>,
}

impl fmt::Debug for SandboxBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("bundle", &self.bundle)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts a configuration.
    pub fn builder<'b>() -> SandboxBuilder<'b> {
        SandboxBuilder::new()
    }
}

impl<'b> SandboxBuilder<'b> {
    fn new() -> Self {
        Self {
            bundle: None,
            store: None,
            limits: Limits::default(),
            callbacks: Vec::new(),
            slots: None,
            watch: None,
            handler: None,
            capture: true,
            mounts: BTreeMap::new(),
            files: Vec::new(),
            #[cfg(feature = "network")]
            network: None,
            #[cfg(feature = "packages")]
            packages: RuntimePackages::default(),
        }
    }

    /// The bundle to run. Without one, plain CPython if the feature `embedded` is on.
    pub fn with_bundle(mut self, bundle: &'b Bundle) -> Self {
        self.bundle = Some(BundleSource::Borrowed(bundle));
        self
    }

    /// Where the bundle is extracted. A bundle is opened once in a process, so this counts the first time only.
    pub fn with_store(mut self, store: Store) -> Self {
        self.store = Some(store);
        self
    }

    /// What each interpreter may use.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many interpreters may live at once; who wants one more waits. Several sandboxes can share the slots.
    /// Without, there is no limit but the machine's.
    pub fn with_slots(mut self, slots: &Slots) -> Self {
        self.slots = Some(slots.clone());
        self
    }

    /// Called with what code comes to while it runs: lines, calls, returns, for a display of progress or a log. Code of
    /// the standard library and of packages is left out. The handler is called on the thread that runs the guest, no
    /// more often than the interval of `events` says.
    ///
    /// Python asks `sys.monitoring` for it, which slows the code down that is watched, several times for lines. Sandboxes
    /// without a handler pay nothing.
    ///
    /// ```
    /// use std::time::Duration;
    /// use eryx_rt::{Events, Sandbox};
    /// let builder = Sandbox::builder().with_events(Events::lines().with_interval(Duration::from_millis(100)), |event| {
    ///     eprintln!("at {}:{}", event.file, event.line);
    /// });
    /// ```
    pub fn with_events(mut self, events: Events, handler: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.watch = Some(EventWatch { events, handler: Arc::new(handler) });
        self
    }

    /// Called with output as it is produced, in order, on the thread that runs the guest. The output is captured as
    /// well, unless [`without_capture`](Self::without_capture) says otherwise.
    pub fn with_output(mut self, handler: impl Fn(Stdio, &[u8]) + Send + Sync + 'static) -> Self {
        self.handler = Some(Arc::new(handler));
        self
    }

    /// Does not keep output: [`Output::stdout`](crate::Output::stdout) and `stderr` stay empty. For long-running code
    /// whose output goes to a handler. It still counts towards the limit.
    pub fn without_capture(mut self) -> Self {
        self.capture = false;
        self
    }

    /// A function of the host that Python calls by its name: `lookup(5)` and `await lookup(5)` both work. A name such
    /// as `db.query` is in a namespace.
    ///
    /// The function is asynchronous. It has up to eight parameters, and gives a value or a [`Result`]; what these may
    /// be is told by [`IntoCallback`] and [`CallbackAnswer`](crate::CallbackAnswer). An error is raised in Python as
    /// `eryx.CallbackError`, or as the exception that a [`CallbackError`](crate::CallbackError) names.
    ///
    /// ```
    /// use eryx_rt::Sandbox;
    /// let builder = Sandbox::builder()
    ///     .with_callback("add", |a: i64, b: i64| async move { a + b })
    ///     .with_callback("db.read", |path: String| async move {
    ///         std::fs::read_to_string(format!("/srv/public/{}", path.replace('/', "")))
    ///     });
    /// ```
    pub fn with_callback<A>(self, name: impl Into<String>, function: impl IntoCallback<A>) -> Self {
        self.with_function(Callback::new(name, function))
    }

    /// A function of the host that knows more of itself than a closure does: one with the attribute
    /// `#[eryx::callback]`, or a [`Callback`].
    pub fn with_function(mut self, callback: impl Into<Callback>) -> Self {
        self.callbacks.push(callback.into());
        self
    }

    /// A file that every interpreter starts with, such as `/data/prices.csv`. Its path is below `/tmp` or `/data`, which
    /// every sandbox has and can write to, or below a [mount](Self::with_mount). The bytes are shared by all
    /// interpreters until one writes to its file.
    pub fn with_file(mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.into(), bytes.into()));
        self
    }

    /// A folder in memory at an absolute path, over what the bundle may have there. `/tmp` and `/data` can be replaced
    /// as well.
    ///
    /// ```
    /// use eryx_rt::{Mount, Sandbox};
    /// let builder = Sandbox::builder()
    ///     .with_mount("/input", Mount::read_only().with_file("prices.csv", "item,price\nspam,42\n"))
    ///     .with_file("/data/notes.txt", "to be changed");
    /// ```
    pub fn with_mount(mut self, path: impl Into<String>, mount: Mount) -> Self {
        self.mounts.insert(path.into(), mount);
        self
    }

    /// What the interpreters may reach over the network. Without a policy they reach nothing.
    ///
    /// Executions then need a tokio runtime with I/O turned on, besides the timer.
    ///
    /// ```
    /// use eryx_rt::Sandbox;
    /// use eryx_rt::network::NetworkPolicy;
    /// let builder = Sandbox::builder().with_network(NetworkPolicy::new().with_rule("api.example.com:443"));
    /// ```
    #[cfg(feature = "network")]
    pub fn with_network(mut self, policy: NetworkPolicy) -> Self {
        self.network = Some(policy);
        self
    }

    /// A package besides those of the bundle: a wheel, or a folder of modules such as `pip install --target` makes. Only
    /// pure Python, which needs no linking; its files are in `site-packages` of every interpreter of this sandbox.
    ///
    /// Nothing is resolved or downloaded: what it needs must be in the bundle or given as well, or
    /// [`build`](Self::build) says what is missing. Every file of a wheel is checked against its `RECORD`. Bytecode is
    /// made anew by each interpreter that imports it, so what matters for speed belongs into the bundle.
    ///
    /// ```no_run
    /// # fn example(bundle: &eryx_rt::Bundle) -> eryx_rt::Result<()> {
    /// let sandbox = eryx_rt::Sandbox::builder()
    ///     .with_bundle(bundle)
    ///     .with_package("plugins/rules-1.2-py3-none-any.whl")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "packages")]
    pub fn with_package(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.packages.packages.push(path.into());
        self
    }

    /// For the crate `eryx`.
    #[cfg(feature = "packages")]
    #[doc(hidden)]
    pub fn runtime_packages(&mut self) -> &mut RuntimePackages {
        &mut self.packages
    }

    /// For the crate `eryx`: a bundle that was built of the packages.
    #[cfg(feature = "packages")]
    #[doc(hidden)]
    pub fn with_linked_bundle(mut self, bundle: Arc<Bundle>) -> Self {
        self.bundle = Some(BundleSource::Linked(bundle));
        self
    }

    /// For the crate `eryx`: whether the bundle is another one.
    #[cfg(feature = "packages")]
    #[doc(hidden)]
    pub fn has_foreign_bundle(&self) -> bool {
        matches!(self.bundle, Some(BundleSource::Borrowed(_)))
    }

    /// Opens the bundle, which extracts it if this machine has not seen it yet. Blocks for that long.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) when something that the builder was given cannot be used: no bundle, a mount
    /// or file without a place, a callback with a wrong name, a rule of the network policy that cannot be read.
    /// [`Error::Bundle`](crate::Error::Bundle), [`Error::Store`](crate::Error::Store) and
    /// [`Error::Engine`](crate::Error::Engine) when the bundle cannot be opened: damaged, for another machine, no safe
    /// folder to extract it to. [`Error::Package`](crate::Error::Package) when a package cannot be added.
    pub fn build(self) -> Result<Sandbox> {
        let bundle = match &self.bundle {
            Some(BundleSource::Borrowed(bundle)) => *bundle,
            #[cfg(feature = "packages")]
            Some(BundleSource::Linked(bundle)) => &**bundle,
            None => loader::embedded().ok_or(ConfigError::NoBundle)?,
        };
        #[cfg(feature = "network")]
        let network = match self.network {
            Some(policy) => {
                policy.check()?;
                let secrets = policy.make_secrets()?;
                Some((Arc::new(policy), Arc::new(secrets)))
            }
            None => None,
        };
        let loaded = bundle.load(self.store.as_ref())?;
        if self.limits.fuel.is_some() && !loaded.manifest.fuel {
            return Err(ConfigError::NoFuel.into());
        }
        #[cfg(feature = "packages")]
        let tree = match &self.packages.packages[..] {
            [] => loaded.tree.clone(),
            packages => super::packages::lay(&loaded.tree, &loaded.manifest, packages)?,
        };
        #[cfg(not(feature = "packages"))]
        let tree = loaded.tree.clone();
        let mut mounts = self.mounts;
        for (path, bytes) in self.files {
            add_file(&mut mounts, &path, bytes)?;
        }
        let mounts = Mounts::new(&tree, mounts)?;
        mounts.check(self.limits.quota())?;
        Ok(Sandbox {
            config: Arc::new(Config {
                loaded,
                tree,
                limits: self.limits,
                registry: Arc::new(Registry::new(self.callbacks)?),
                handler: self.handler,
                capture: self.capture,
                mounts: Arc::new(mounts),
                #[cfg(feature = "network")]
                network,
                slots: self.slots,
                watch: self.watch,
                cancels: Arc::default(),
                counters: Arc::default(),
            }),
        })
    }
}
