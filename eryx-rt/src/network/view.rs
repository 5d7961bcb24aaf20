//! The part of a store's state that the network uses.

use eryx_runtime::bindings::eryx::sandbox::net;
use wasmtime::component::{HasData, Linker};

#[cfg(feature = "network")]
use super::state::Network;
#[cfg(feature = "network")]
use crate::budget::Budget;
use crate::callbacks::Calls;

/// The part of a store's state that the functions of `eryx:sandbox/net` use.
pub(crate) struct NetworkView<'a> {
    /// `None` if the sandbox has no network.
    #[cfg(feature = "network")]
    pub(crate) network: Option<&'a mut Network>,
    #[cfg(feature = "network")]
    pub(crate) budget: &'a Budget,
    /// The calls in flight: a wait for sockets may also wait for calls.
    pub(crate) calls: &'a mut Calls,
}

struct HasNetwork;

impl HasData for HasNetwork {
    type Data<'a> = NetworkView<'a>;
}

/// Adds `eryx:sandbox/net` to `linker`.
pub(crate) fn add_to_linker<T: Send + 'static>(
    linker: &mut Linker<T>,
    view: fn(&mut T) -> NetworkView<'_>,
) -> wasmtime::Result<()> {
    net::add_to_linker::<T, HasNetwork>(linker, view)
}
