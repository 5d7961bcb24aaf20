//! What a sandbox's code reaches of the host: the state behind every import of the guest.
//!
//! Nothing real is reachable: files come from the packed tree and from memory, output goes to a [`output::Sink`], input
//! comes from what an execution was given, there is no network but what a policy allows, and the environment is what the host says it is.

mod answered;
pub(crate) mod budget;
mod callbacks;
mod events;
mod filesystem;
#[cfg(fuzzing)]
pub(crate) mod fuzzing {
    pub use super::{callbacks::fuzzing as callbacks, filesystem::fuzzing as filesystem};
}
mod input;
pub(crate) mod json;
mod limiter;
mod meter;
#[cfg(feature = "network")]
pub(crate) mod network;
mod offline;
mod output;
mod pipe;
mod wasi;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use eryx_runtime::bindings::SandboxPre;
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::sockets::WasiSocketsCtx;

pub(crate) use answered::{Answered, shortened};
use budget::Budget;
pub(crate) use callbacks::Registry;
pub use callbacks::{Callback, CallbackAnswer, CallbackError, IntoCallback, Json};
#[cfg(feature = "schema")]
pub use callbacks::{Parameter, Signature};
pub use events::{Event, EventKind, Events};
pub(crate) use events::{Settings, Watch};
pub use filesystem::{
    Answer, Entry, FileInfo, FileKind, FileSystem, HostFolder, How, Metadata, Mount, OpenFile, Parts,
};
pub(crate) use filesystem::{Files, Mounts, Namespace, Quota, add_file};
pub(crate) use input::Input;
pub use input::Stdin;
pub(crate) use limiter::{Limiter, MemoryLimitReached};
pub(crate) use meter::Meter;
pub(crate) use output::{Handler, OutputLimitReached};
pub use output::{Sink, Stdio};
pub use pipe::Chunk;
pub(crate) use pipe::Pipe;
use wasi::Clocks;
pub use wasi::Surroundings;

use crate::memory::View;
use crate::tree::Tree;

/// State of one live interpreter.
pub struct HostState {
    table: ResourceTable,
    clocks: Clocks,
    sockets: WasiSocketsCtx,
    pub(crate) files: Namespace,
    /// Files and folders that are open now, and how many may be.
    open_files: usize,
    /// Held by every stream of a file outside of the sandbox, so that they are counted.
    outside_streams: Arc<()>,
    pub(crate) most_open_files: usize,
    /// Environment variables of the guest, which reads them when it starts.
    environment: Vec<(String, String)>,
    pub(crate) sink: Sink,
    pub(crate) input: Input,
    pub(crate) limiter: Limiter,
    /// What the guest makes the host hold.
    pub(crate) budget: Budget,
    /// The interpreter's linear memory, once it is instantiated.
    pub(crate) memory: Option<View>,
    pub(crate) calls: callbacks::Calls,
    /// Boxed, because most sandboxes have none.
    #[cfg(feature = "network")]
    pub(crate) network: Option<Box<network::Network>>,
    /// Number of the interpreter in this process, and of the runs in it so far: their names in traces.
    pub(crate) serial: u64,
    pub(crate) runs: u64,
    /// What the guest asks before its first code runs.
    pub(crate) settings: Settings,
    /// CPU time of the running execution.
    pub(crate) meter: Arc<Meter>,
}

impl HostState {
    /// State for an interpreter that sees `tree` with `mounts` in it, and writes to `sink`.
    pub(crate) fn new(tree: Tree, mounts: Arc<Mounts>, quota: Quota, sink: Sink) -> Self {
        Self::with(tree, mounts, quota, sink, Clocks::new(wasi::System::new()))
    }

    /// State with other clocks and random sources than the system's, because a build must depend on neither; with its
    /// own files in memory, as much of them as is liked, and environment variables.
    ///
    /// # Errors
    /// When a mount has no place in the tree.
    pub fn surrounded(
        tree: Tree,
        sink: Sink,
        surroundings: impl Surroundings + 'static,
        mounts: BTreeMap<String, Mount>,
        environment: Vec<(String, String)>,
    ) -> crate::Result<Self> {
        let mounts = Mounts::new(&tree, mounts)?;
        let quota = Quota { bytes: u64::MAX, nodes: usize::MAX };
        let state = Self::with(tree, Arc::new(mounts), quota, sink, Clocks::new(surroundings));
        Ok(Self { environment, ..state })
    }

    /// Limits linear memory, and the lengths of all files in memory together, in bytes. Of files and folders there may be
    /// one for each 4 KiB.
    #[must_use]
    pub fn limited(mut self, memory: usize, file_bytes: u64) -> Self {
        self.limiter.memory = memory;
        self.files.quota.bytes = file_bytes;
        self.files.quota.nodes = usize::try_from(file_bytes / 4096).unwrap_or(usize::MAX);
        self
    }

    /// Whether the guest asked for more memory than it may have.
    pub fn memory_was_refused(&self) -> bool {
        self.limiter.refused
    }

    /// The bytes of a file, by its absolute path.
    ///
    /// # Errors
    /// When there is none.
    pub fn read_file(&mut self, path: &str) -> crate::Result<Vec<u8>> {
        self.files.read_file(path)
    }

    fn with(tree: Tree, mounts: Arc<Mounts>, quota: Quota, sink: Sink, clocks: Clocks) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self {
            table: ResourceTable::new(),
            files: Namespace::new(tree, mounts, quota, clocks.clone()),
            clocks,
            sockets: WasiSocketsCtx::default(),
            open_files: 0,
            outside_streams: Arc::new(()),
            most_open_files: usize::MAX,
            environment: Vec::new(),
            sink,
            input: Input::default(),
            limiter: Limiter::default(),
            budget: Budget::default(),
            memory: None,
            calls: callbacks::Calls::default(),
            #[cfg(feature = "network")]
            network: None,
            serial: LAST.fetch_add(1, Ordering::Relaxed) + 1,
            runs: 0,
            settings: Settings::default(),
            meter: Arc::default(),
        }
    }

    /// Adds a function that Python can call, as [`SandboxBuilder`](crate::SandboxBuilder::with_callback) does.
    #[must_use]
    pub fn with_callback<A>(mut self, name: impl Into<String>, function: impl IntoCallback<A>) -> Self {
        Arc::make_mut(&mut self.calls.registry).insert(Callback::new(name, function));
        self
    }

    /// Number of files and folders that are open, the root folder among them.
    pub(crate) fn open_files(&self) -> usize {
        self.open_files
    }

    /// Whether the guest holds a handle of anything: a file, a stream, a socket, a timer.
    pub(crate) fn holds_handles(&self) -> bool {
        !self.table.is_empty()
    }

    /// What the guest's monotonic clock shows.
    pub(crate) fn monotonic_clock(&self) -> Duration {
        self.clocks.monotonic()
    }

    /// Moves that clock on.
    pub(crate) fn advance_clock(&self, by: Duration) {
        self.clocks.advance(by);
    }

    /// A store for it, with its limits in force.
    pub fn into_store(self, engine: &Engine) -> Store<Self> {
        let mut store = Store::new(engine, self);
        store.limiter(|state| &mut state.limiter);
        store
    }
}

/// Links `component` with the host, ready to be instantiated any number of times.
///
/// # Errors
/// When the component asks for something that no sandbox is given.
pub fn link(engine: &Engine, component: &Component) -> wasmtime::Result<SandboxPre<HostState>> {
    let mut linker = Linker::<HostState>::new(engine);
    wasi::add_to_linker(&mut linker)?;
    filesystem::add_to_linker(&mut linker)?;
    eryx_runtime::bindings::eryx::sandbox::host::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    eryx_runtime::bindings::eryx::sandbox::net::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    eryx_runtime::bindings::eryx::sandbox::settings::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| {
        state
    })?;
    eryx_runtime::bindings::eryx::sandbox::types::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    SandboxPre::new(linker.instantiate_pre(component)?)
}

impl eryx_runtime::bindings::eryx::sandbox::types::Host for HostState {}
