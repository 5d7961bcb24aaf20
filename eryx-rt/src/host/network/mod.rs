//! The network of a guest: what the policy lets it reach, and nothing else.
//!
//! | module | what is there |
//! | --- | --- |
//! | `policy`, `rule`, `address` | what is allowed |
//! | `resolver`, `names` | names become addresses, once, and only checked ones |
//! | `sockets`, `socket` | TCP connections, with their limits |
//! | `tls` | TLS sessions, and whom they believe |
//! | `secret` | secrets that the guest uses and does not have |
//! | `serve` | the guest's imports |
//!
//! Every wait is a future that holds nothing of a runtime once it is dropped, so that a run can be stopped anywhere in
//! it, and the session be run by another runtime next time.

mod address;
mod failure;
#[cfg(fuzzing)]
pub mod fuzzing;
mod names;
mod policy;
mod resolver;
mod rule;
mod secret;
mod serve;
mod socket;
mod sockets;
mod tls;

use std::sync::Arc;

pub use policy::NetworkPolicy;
pub use resolver::{Resolver, Resolving, SystemResolver};

use names::Names;
pub(crate) use secret::Secrets;
use sockets::Sockets;
use tls::Sessions;

/// The network of one interpreter.
pub(crate) struct Network {
    policy: Arc<NetworkPolicy>,
    names: Names,
    sockets: Sockets,
    tls: Sessions,
    secrets: Arc<Secrets>,
}

impl Network {
    /// Puts placeholders where secrets are; `None` if there are none.
    pub(super) fn scrubber(&self) -> Option<super::offline::Scrubber> {
        let secrets = Arc::clone(&self.secrets);
        (!secrets.is_empty())
            .then(|| -> super::offline::Scrubber { Arc::new(move |bytes: &mut [u8]| secrets.scrub(bytes)) })
    }

    pub(crate) fn new(policy: Arc<NetworkPolicy>, secrets: Arc<Secrets>) -> Self {
        Self {
            policy,
            secrets,
            names: Names::default(),
            sockets: Sockets::default(),
            tls: Sessions::default(),
        }
    }
}
