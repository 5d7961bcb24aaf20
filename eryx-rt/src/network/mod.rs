//! The network of a guest, limited to the hosts that the policy allows.
//!
//! | module | content |
//! | --- | --- |
//! | `policy`, `rule`, `address` | the allowed hosts and ports |
//! | `resolver`, `names` | name resolution; each answer is checked and then pinned |
//! | `sockets`, `socket` | TCP connections and their limits |
//! | `trust`, `tls` | trusted roots for TLS sessions; the sessions |
//! | `secret` | secrets that the guest can use but not read |
//! | `state` | the network of one interpreter |
//! | `imports`, `offline` | the guest's imports, with a network and without |
//!
//! A dropped future keeps no registration with a runtime. So an execution can be stopped during any wait, and another
//! runtime can run the session next time.

#[cfg(feature = "network")]
mod address;
#[cfg(feature = "network")]
mod failure;
#[cfg(all(fuzzing, feature = "network"))]
pub mod fuzzing;
#[cfg(feature = "network")]
mod imports;
#[cfg(feature = "network")]
mod names;
mod offline;
#[cfg(feature = "network")]
mod policy;
#[cfg(feature = "network")]
mod resolver;
#[cfg(feature = "network")]
mod rule;
#[cfg(feature = "network")]
mod secret;
#[cfg(feature = "network")]
mod socket;
#[cfg(feature = "network")]
mod sockets;
#[cfg(feature = "network")]
mod state;
#[cfg(feature = "network")]
mod tls;
#[cfg(feature = "network")]
mod trust;
mod view;

#[cfg(feature = "network")]
pub use policy::NetworkPolicy;
#[cfg(feature = "network")]
pub use resolver::{Resolver, ResolverFuture, SystemResolver};
#[cfg(feature = "network")]
pub(crate) use secret::Secrets;
#[cfg(feature = "network")]
pub(crate) use state::Network;
pub(crate) use view::{NetworkView, add_to_linker};
