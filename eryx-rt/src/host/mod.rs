//! What a sandbox's code reaches of the host: the state behind every import of the guest.
//!
//! Nothing real is reachable: files come from the packed tree, output goes to a [`output::Sink`], there is no
//! environment, no network and no standard input.

mod callbacks;
mod filesystem;
mod limiter;
mod output;

use std::time::Instant;

use eryx_runtime::bindings::SandboxPre;
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

pub(crate) use callbacks::{Callback, Registry};
pub(crate) use limiter::Limiter;
pub(crate) use output::{Handler, OutputLimitReached};
pub use output::{Sink, Stdio};

use crate::tree::Tree;

/// State of one live interpreter.
pub struct HostState {
    wasi: WasiCtx,
    table: ResourceTable,
    pub(crate) tree: Tree,
    pub(crate) sink: Sink,
    pub(crate) limiter: Limiter,
    pub(crate) calls: callbacks::Calls,
    /// When the running execution must have ended.
    pub(crate) deadline: Option<Instant>,
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl HostState {
    /// State for an interpreter that sees `tree` and writes to `sink`.
    pub fn new(tree: Tree, sink: Sink) -> Self {
        Self::with_wasi(tree, sink, |_| ())
    }

    /// Like [`new`](Self::new), with a say in clocks and random sources: a build must depend on neither.
    pub fn with_wasi(tree: Tree, sink: Sink, adjust: impl FnOnce(&mut WasiCtxBuilder)) -> Self {
        let mut wasi = WasiCtxBuilder::new();
        wasi.stdout(sink.stream(Stdio::Stdout)).stderr(sink.stream(Stdio::Stderr));
        wasi.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
        adjust(&mut wasi);
        Self {
            wasi: wasi.build(),
            table: ResourceTable::new(),
            tree,
            sink,
            limiter: Limiter::default(),
            calls: callbacks::Calls::default(),
            deadline: None,
        }
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
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    // Files come from the packed tree: wasmtime-wasi's own file system is never reachable.
    linker.allow_shadowing(true);
    filesystem::add_to_linker(&mut linker)?;
    eryx_runtime::bindings::eryx::sandbox::host::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    eryx_runtime::bindings::eryx::sandbox::types::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    SandboxPre::new(linker.instantiate_pre(component)?)
}

impl eryx_runtime::bindings::eryx::sandbox::types::Host for HostState {}
