//! The state of one live interpreter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store};
use wasmtime_wasi::sockets::WasiSocketsCtx;

use super::events::GuestSettings;
use super::input::Input;
use super::limiter::Limiter;
use super::meter::CpuMeter;
use super::output::Sink;
use crate::budget::Budget;
use crate::callbacks::{Callback, Calls, IntoCallback};
use crate::clocks::{Clocks, Surroundings, SystemClocks};
use crate::error::Result;
use crate::filesystem::{FilesystemView, Mount, Mounts, Namespace, OpenFiles, Quota};
use crate::memory::MemoryView;
#[cfg(feature = "network")]
use crate::network::Network;
use crate::network::NetworkView;
use crate::tree::Tree;

/// State of one live interpreter.
pub struct HostState {
    pub(super) table: ResourceTable,
    pub(super) clocks: Clocks,
    pub(super) sockets: WasiSocketsCtx,
    pub(crate) files: Namespace,
    pub(crate) open_files: OpenFiles,
    /// Environment variables of the guest, which it reads at its start.
    pub(super) environment: Vec<(String, String)>,
    pub(crate) sink: Sink,
    pub(crate) input: Input,
    pub(crate) limiter: Limiter,
    /// Budget of host memory.
    pub(crate) budget: Budget,
    /// The interpreter's linear memory, once it is instantiated.
    pub(crate) memory: Option<MemoryView>,
    pub(crate) calls: Calls,
    /// Boxed, because most sandboxes have no network.
    #[cfg(feature = "network")]
    pub(crate) network: Option<Box<Network>>,
    /// Numbers for traces: the interpreter's number in this process, and the number of its runs so far.
    pub(crate) serial: u64,
    pub(crate) runs: u64,
    /// Settings that the guest reads before its first code runs.
    pub(crate) settings: GuestSettings,
    /// CPU time of the running execution.
    pub(crate) meter: Arc<CpuMeter>,
}

impl HostState {
    /// Makes the state for an interpreter with the files of `tree` and `mounts`, whose output goes to `sink`.
    pub(crate) fn new(tree: Tree, mounts: Arc<Mounts>, quota: Quota, sink: Sink, budget: Budget) -> Self {
        Self::with(tree, mounts, quota, sink, Clocks::new(SystemClocks::new()), budget)
    }

    /// Makes a state with the given clocks and randomness, because a build must not depend on the system's.
    /// It has its own files in memory, without a limit, and environment variables.
    ///
    /// # Errors
    /// When a mount has an invalid path.
    pub fn surrounded(
        tree: Tree,
        sink: Sink,
        surroundings: impl Surroundings + 'static,
        mounts: BTreeMap<String, Mount>,
        environment: Vec<(String, String)>,
    ) -> Result<Self> {
        let mounts = Mounts::new(&tree, mounts)?;
        let quota = Quota { bytes: u64::MAX, nodes: usize::MAX };
        let state =
            Self::with(tree, Arc::new(mounts), quota, sink, Clocks::new(surroundings), Budget::default());
        Ok(Self { environment, ..state })
    }

    /// Limits linear memory and the total length of all files in memory, in bytes. The limit on the number of
    /// files and folders is one for each 4 KiB of `file_bytes`.
    #[must_use]
    pub fn limited(mut self, memory: usize, file_bytes: u64) -> Self {
        self.limiter.memory = memory;
        self.files.quota.bytes = file_bytes;
        self.files.quota.nodes = usize::try_from(file_bytes / 4096).unwrap_or(usize::MAX);
        self
    }

    /// Returns whether the guest asked for more memory than its limit.
    pub fn memory_was_refused(&self) -> bool {
        self.limiter.refused
    }

    /// Reads a file by its absolute path.
    ///
    /// # Errors
    /// When the file does not exist.
    pub fn read_file(&mut self, path: &str) -> Result<Vec<u8>> {
        self.files.read_file(path)
    }

    fn with(
        tree: Tree,
        mounts: Arc<Mounts>,
        quota: Quota,
        sink: Sink,
        clocks: Clocks,
        budget: Budget,
    ) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self {
            table: ResourceTable::new(),
            files: Namespace::new(tree, mounts, quota, clocks.clone(), budget.clone()),
            clocks,
            sockets: WasiSocketsCtx::default(),
            open_files: OpenFiles::default(),
            environment: Vec::new(),
            sink,
            input: Input::default(),
            limiter: Limiter::default(),
            budget,
            memory: None,
            calls: Calls::default(),
            #[cfg(feature = "network")]
            network: None,
            serial: LAST.fetch_add(1, Ordering::Relaxed) + 1,
            runs: 0,
            settings: GuestSettings::default(),
            meter: Arc::default(),
        }
    }

    /// Adds a host function for Python, as [`SandboxBuilder`](crate::SandboxBuilder::with_callback) does.
    #[must_use]
    pub fn with_callback<A>(mut self, name: impl Into<String>, function: impl IntoCallback<A>) -> Self {
        Arc::make_mut(&mut self.calls.registry).insert(Callback::new(name, function));
        self
    }

    /// Returns the part of the state for `wasi:filesystem`.
    pub(super) fn filesystem(&mut self) -> FilesystemView<'_> {
        FilesystemView { files: &mut self.files, open: &mut self.open_files, table: &mut self.table }
    }

    /// Returns the part of the state for the network.
    pub(super) fn network(&mut self) -> NetworkView<'_> {
        NetworkView {
            #[cfg(feature = "network")]
            network: self.network.as_deref_mut(),
            #[cfg(feature = "network")]
            budget: &self.budget,
            calls: &mut self.calls,
        }
    }

    /// Returns whether the guest holds any handle: a file, a stream, a socket, a timer.
    pub(crate) fn holds_handles(&self) -> bool {
        !self.table.is_empty()
    }

    /// Returns the time of the guest's monotonic clock.
    pub(crate) fn monotonic_clock(&self) -> Duration {
        self.clocks.monotonic()
    }

    /// Advances that clock.
    pub(crate) fn advance_clock(&self, by: Duration) {
        self.clocks.advance(by);
    }

    /// Makes a store with this state and its limits.
    pub fn into_store(self, engine: &Engine) -> Store<Self> {
        let mut store = Store::new(engine, self);
        store.limiter(|state| &mut state.limiter);
        store
    }
}
