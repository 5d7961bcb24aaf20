//! What a sandbox's code reaches of the host: the state behind every import of the guest.
//!
//! Nothing real is reachable: files come from the packed tree, output goes to a [`output::Sink`], there is no
//! environment, no network and no standard input.

mod callbacks;
mod filesystem;
mod limiter;
mod output;
mod wasi;

use std::sync::Arc;
use std::time::Instant;

use eryx_runtime::bindings::SandboxPre;
use serde_json::Value;
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::sockets::WasiSocketsCtx;

pub(crate) use callbacks::{Callback, Registry};
pub(crate) use limiter::Limiter;
pub(crate) use output::{Handler, OutputLimitReached};
pub use output::{Sink, Stdio};
pub use wasi::Surroundings;

use crate::tree::Tree;

/// State of one live interpreter.
pub struct HostState {
    table: ResourceTable,
    surroundings: Box<dyn Surroundings>,
    sockets: WasiSocketsCtx,
    pub(crate) tree: Tree,
    pub(crate) sink: Sink,
    pub(crate) limiter: Limiter,
    pub(crate) calls: callbacks::Calls,
    /// When the running execution must have ended.
    pub(crate) deadline: Option<Instant>,
}

impl HostState {
    /// State for an interpreter that sees `tree` and writes to `sink`.
    pub fn new(tree: Tree, sink: Sink) -> Self {
        Self::surrounded(tree, sink, Box::new(wasi::System::new()))
    }

    /// Like [`new`](Self::new), with other clocks and random sources: a build must depend on neither.
    pub fn surrounded(tree: Tree, sink: Sink, surroundings: Box<dyn Surroundings>) -> Self {
        Self {
            table: ResourceTable::new(),
            surroundings,
            sockets: WasiSocketsCtx::default(),
            tree,
            sink,
            limiter: Limiter::default(),
            calls: callbacks::Calls::default(),
            deadline: None,
        }
    }

    /// Adds a function that Python can call, as [`SandboxBuilder`](crate::SandboxBuilder::with_callback) does.
    #[must_use]
    pub fn with_callback<F, Fut>(mut self, name: impl Into<String>, function: F) -> Self
    where
        F: Fn(Value) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value, String>> + Send + 'static,
    {
        Arc::make_mut(&mut self.calls.registry).insert(name.into(), Callback::new(function));
        self
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
    eryx_runtime::bindings::eryx::sandbox::types::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    SandboxPre::new(linker.instantiate_pre(component)?)
}

impl eryx_runtime::bindings::eryx::sandbox::types::Host for HostState {}
