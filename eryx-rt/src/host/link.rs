//! Linking a bundle's code with the host.

use eryx_runtime::bindings::SandboxPre;
use eryx_runtime::bindings::eryx::sandbox::{host, settings, types};
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use super::state::HostState;
use super::wasi;
use crate::{filesystem, network};

/// Links `component` with the host, so that it can be instantiated any number of times.
///
/// # Errors
/// When the component imports an interface that sandboxes do not provide.
pub fn link(engine: &Engine, component: &Component) -> wasmtime::Result<SandboxPre<HostState>> {
    let mut linker = Linker::<HostState>::new(engine);
    wasi::add_to_linker(&mut linker)?;
    filesystem::add_to_linker(&mut linker, HostState::filesystem)?;
    network::add_to_linker(&mut linker, HostState::network)?;
    host::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    settings::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    types::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    SandboxPre::new(linker.instantiate_pre(component)?)
}

impl types::Host for HostState {}
