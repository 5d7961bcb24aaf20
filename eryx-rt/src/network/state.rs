//! The network of one interpreter.

use std::sync::Arc;

use super::names::NameCache;
use super::policy::NetworkPolicy;
use super::secret::Secrets;
use super::sockets::Sockets;
use super::tls::TlsSessions;

/// The network of one interpreter.
pub(crate) struct Network {
    pub(super) policy: Arc<NetworkPolicy>,
    pub(super) names: NameCache,
    pub(super) sockets: Sockets,
    pub(super) tls: TlsSessions,
    pub(super) secrets: Arc<Secrets>,
}

impl Network {
    pub(crate) fn new(policy: Arc<NetworkPolicy>, secrets: Arc<Secrets>) -> Self {
        Self {
            policy,
            secrets,
            names: NameCache::default(),
            sockets: Sockets::default(),
            tls: TlsSessions::default(),
        }
    }

    /// The secrets that the guest can use but not read.
    pub(crate) fn secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }
}
