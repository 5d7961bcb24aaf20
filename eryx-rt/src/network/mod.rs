//! The network of a guest: what the policy lets it reach, and nothing else.
//!
//! | module | what is there |
//! | --- | --- |
//! | `policy`, `rule`, `address` | what is allowed |
//! | `resolver`, `names` | names become addresses, once, and only checked ones |
//! | `sockets`, `socket` | TCP connections, with their limits |
//! | `trust`, `tls` | whom TLS sessions believe; the sessions |
//! | `secret` | secrets that the guest uses and does not have |
//! | `state` | all of it, for one interpreter |
//! | `imports`, `offline` | the guest's imports, with a network and without |
//!
//! Every wait is a future that holds nothing of a runtime once it is dropped, so that a run can be stopped anywhere in
//! it, and the session be run by another runtime next time.

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
