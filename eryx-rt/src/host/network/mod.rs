//! The network of a guest: what the policy lets it reach, and nothing else.
//!
//! | module | what is there |
//! | --- | --- |
//! | `policy`, `rule`, `address` | what is allowed |
//! | `resolver`, `names` | names become addresses, once, and only checked ones |
//! | `sockets`, `socket` | TCP connections, with their limits |
//! | `tls` | TLS sessions, and whom they believe |
//! | `serve` | the guest's imports |
//!
//! Every wait is a future that holds nothing of a runtime once it is dropped, so that a run can be stopped anywhere in
//! it, and the session be run by another runtime next time.

mod address;
mod failure;
mod names;
mod policy;
mod resolver;
mod rule;
mod serve;
mod socket;
mod sockets;
mod tls;

use std::sync::Arc;

pub use policy::NetworkPolicy;
pub use resolver::{Resolver, Resolving, SystemResolver};

use names::Names;
use sockets::Sockets;
use tls::Sessions;

/// The network of one interpreter.
pub(crate) struct Network {
    policy: Arc<NetworkPolicy>,
    names: Names,
    sockets: Sockets,
    tls: Sessions,
}

impl Network {
    pub(crate) fn new(policy: Arc<NetworkPolicy>) -> Self {
        Self { policy, names: Names::default(), sockets: Sockets::default(), tls: Sessions::default() }
    }
}
