//! Puts a sandbox together.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{Config, Limits, Sandbox, Slots};
use crate::bundle::Bundle;
use crate::host::{
    Callback, Event, Events, Handler, IntoCallback, Mount, Mounts, Registry, Stdio, Watch, add_file,
};
use crate::store::Store;
use crate::{Error, Result};

/// Made by [`Sandbox::builder`].
#[must_use]
pub struct SandboxBuilder<'b> {
    bundle: Option<&'b Bundle>,
    store: Option<Store>,
    limits: Limits,
    callbacks: Vec<Callback>,
    slots: Option<Slots>,
    watch: Option<Watch>,
    handler: Option<Handler>,
    capture: bool,
    mounts: BTreeMap<String, Mount>,
    files: Vec<(String, Vec<u8>)>,
}

impl fmt::Debug for SandboxBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("bundle", &self.bundle)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl<'b> SandboxBuilder<'b> {
    pub(super) fn new() -> Self {
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
        }
    }

    /// The bundle to run. Without one, plain CPython if the feature `embedded` is on.
    pub fn with_bundle(mut self, bundle: &'b Bundle) -> Self {
        self.bundle = Some(bundle);
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
    /// let builder = Sandbox::builder().with_events(Events::lines().interval(Duration::from_millis(100)), |event| {
    ///     eprintln!("at {}:{}", event.file, event.line);
    /// });
    /// ```
    pub fn with_events(mut self, events: Events, handler: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.watch = Some(Watch { events, handler: Arc::new(handler) });
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
    /// be is told by [`IntoCallback`] and [`Answer`](crate::Answer). An error is raised in Python as
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
        self.with(Callback::new(name, function))
    }

    /// A function of the host that knows more of itself than a closure does: one with the attribute
    /// `#[eryx::callback]`, or a [`Callback`].
    pub fn with(mut self, callback: impl Into<Callback>) -> Self {
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

    /// Opens the bundle, which extracts it if this machine has not seen it yet. Blocks for that long.
    ///
    /// # Errors
    /// When there is no bundle, or it cannot be opened: damaged, for another machine, no safe place to extract it to.
    /// When a given file or mount has no place in it, or a callback cannot have its name.
    pub fn build(self) -> Result<Sandbox> {
        let bundle = match self.bundle {
            Some(bundle) => bundle,
            None => crate::bundle::embedded().ok_or(Error::NoBundle)?,
        };
        let loaded = bundle.load(self.store.as_ref())?;
        if self.limits.fuel.is_some() && !loaded.manifest.fuel {
            return Err(Error::NoFuel);
        }
        let mut mounts = self.mounts;
        for (path, bytes) in self.files {
            add_file(&mut mounts, &path, bytes)?;
        }
        let mounts = Mounts::new(&loaded.tree, mounts)?;
        mounts.check(self.limits.quota())?;
        Ok(Sandbox {
            config: Arc::new(Config {
                loaded,
                limits: self.limits,
                registry: Arc::new(Registry::new(self.callbacks)?),
                handler: self.handler,
                capture: self.capture,
                mounts: Arc::new(mounts),
                slots: self.slots,
                watch: self.watch,
                cancels: Arc::default(),
                counters: Arc::default(),
            }),
        })
    }
}
