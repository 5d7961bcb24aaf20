//! The builder of sandboxes.

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

/// Builds a sandbox from a bundle, limits, callbacks, files and other parts. Made by [`Sandbox::builder`].
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

/// The program's bundle, or one that was linked for this sandbox.
#[derive(Debug)]
enum BundleSource<'b> {
    Borrowed(&'b Bundle),
    #[cfg(feature = "packages")]
    Linked(Arc<Bundle>),
}

/// Packages in addition to those of the bundle. The crate `eryx` links them with its feature `build`.
#[cfg(feature = "packages")]
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct RuntimePackages {
    /// Wheels and folders to mount.
    pub packages: Vec<std::path::PathBuf>,
    /// Wheels and folders that the bundle was linked with.
    pub linked: Vec<std::path::PathBuf>,
    /// Requirements that were resolved and linked into the bundle.
    pub requirements: Vec<String>,
    /// The cache folder for built bundles.
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

    /// Sets the bundle to run. The default is plain CPython if the feature `embedded` is on.
    pub fn with_bundle(mut self, bundle: &'b Bundle) -> Self {
        self.bundle = Some(BundleSource::Borrowed(bundle));
        self
    }

    /// Sets the store that the bundle is extracted to. A process opens a bundle once, so only the first
    /// sandbox of a bundle uses its store.
    pub fn with_store(mut self, store: Store) -> Self {
        self.store = Some(store);
        self
    }

    /// Sets the limits of each interpreter.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Limits the number of live interpreters: each needs a slot, and waits until one is free. Several
    /// sandboxes can share the slots. Without slots, only the machine limits the number.
    pub fn with_slots(mut self, slots: &Slots) -> Self {
        self.slots = Some(slots.clone());
        self
    }

    /// Sets a handler for events of running code, such as lines, calls and returns; use it for a progress
    /// display or a log. Code of the standard library and of packages causes no events. The handler runs on
    /// the thread that runs the guest, at most once per interval of `events`.
    ///
    /// Python reports events through `sys.monitoring`, which slows the watched code down: several times for
    /// line events. Sandboxes without a handler have no overhead.
    ///
    /// ```
    /// use std::time::Duration;
    /// use eryx_rt::{Events, Sandbox};
    /// let events = Events::lines().with_interval(Duration::from_millis(100));
    /// let builder = Sandbox::builder().with_events(events, |event| {
    ///     eprintln!("at {}:{}", event.file, event.line);
    /// });
    /// ```
    pub fn with_events(mut self, events: Events, handler: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.watch = Some(EventWatch { events, handler: Arc::new(handler) });
        self
    }

    /// Sets a handler for output. It gets output as the code writes it, in order, on the thread that runs the
    /// guest. The output is captured too, unless you call [`without_capture`](Self::without_capture).
    pub fn with_output(mut self, handler: impl Fn(Stdio, &[u8]) + Send + Sync + 'static) -> Self {
        self.handler = Some(Arc::new(handler));
        self
    }

    /// Turns capturing off: [`Output::stdout`](crate::Output::stdout) and `stderr` stay empty. Use it for
    /// long-running code whose output goes to a handler. The output still counts towards the limit.
    pub fn without_capture(mut self) -> Self {
        self.capture = false;
        self
    }

    /// Adds a host function that Python calls by its name: both `lookup(5)` and `await lookup(5)` work. A
    /// dotted name puts it in a namespace, for example `db.query`.
    ///
    /// The function is asynchronous. It has up to eight parameters and returns a value or a [`Result`];
    /// [`IntoCallback`] and [`CallbackAnswer`](crate::CallbackAnswer) list the types. An error is raised in
    /// Python as `eryx.CallbackError`, or as the exception that a [`CallbackError`](crate::CallbackError)
    /// names.
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

    /// Adds a host function with metadata, such as parameter names and a description: a function with the
    /// attribute `#[eryx::callback]`, or a [`Callback`].
    pub fn with_function(mut self, callback: impl Into<Callback>) -> Self {
        self.callbacks.push(callback.into());
        self
    }

    /// Adds a file that every interpreter starts with, for example `/data/prices.csv`. Its path must be below
    /// `/tmp` or `/data`, which are writable in every sandbox, or below a [mount](Self::with_mount). All
    /// interpreters share the bytes; an interpreter gets its own copy when it writes to the file.
    pub fn with_file(mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.into(), bytes.into()));
        self
    }

    /// Mounts a folder at an absolute path. It covers a folder of the bundle at this path. You can replace
    /// `/tmp` and `/data` as well.
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

    /// Sets the network policy. Without a policy, interpreters cannot reach the network.
    ///
    /// Executions then need a tokio runtime with I/O enabled, in addition to the timer.
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

    /// Adds a package to those of the bundle: a wheel, or a folder of modules as `pip install --target` makes
    /// it. Only pure Python packages work, because they need no linking. The files appear in `site-packages`
    /// of every interpreter of this sandbox.
    ///
    /// The method does not resolve or download. The dependencies must be in the bundle or added as well;
    /// otherwise [`build`](Self::build) lists those that are missing. Every file of a wheel is checked
    /// against its `RECORD`. Each interpreter compiles the modules that it imports, so put packages with a
    /// long import time into the bundle.
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

    /// For the crate `eryx`: sets a bundle that was built with the packages.
    #[cfg(feature = "packages")]
    #[doc(hidden)]
    pub fn with_linked_bundle(mut self, bundle: Arc<Bundle>) -> Self {
        self.bundle = Some(BundleSource::Linked(bundle));
        self
    }

    /// For the crate `eryx`: returns whether the caller passed a bundle.
    #[cfg(feature = "packages")]
    #[doc(hidden)]
    pub fn has_foreign_bundle(&self) -> bool {
        matches!(self.bundle, Some(BundleSource::Borrowed(_)))
    }

    /// Opens the bundle and builds the sandbox. The first use of a bundle on a machine extracts it, and the
    /// call blocks until then.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) when the configuration is invalid: no bundle, a mount or file
    /// at a path that is not allowed, a wrong callback name, or an invalid rule in the network policy.
    /// [`Error::Bundle`](crate::Error::Bundle), [`Error::Store`](crate::Error::Store) and
    /// [`Error::Engine`](crate::Error::Engine) when the bundle cannot be opened: it is damaged, it was built
    /// for another machine, or there is no safe folder to extract it to.
    /// [`Error::Package`](crate::Error::Package) when a package cannot be added.
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
