//! The configuration of a sandbox, shared by its sessions.

use std::sync::Arc;

use super::limits::Limits;
use super::stats::Counters;
use crate::callbacks::Registry;
use crate::error::Result;
use crate::filesystem::Mounts;
use crate::host::{EventWatch, OutputHandler, Sink};
use crate::loader::LoadedBundle;
#[cfg(feature = "network")]
use crate::network::{NetworkPolicy, Secrets};
use crate::scheduling::{CancelToken, Slot, Slots};
use crate::tree::Tree;

/// The configuration of a sandbox.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) loaded: Arc<LoadedBundle>,
    /// The bundle's tree, with the layer of packages that were added at run time.
    pub(crate) tree: Tree,
    pub(crate) limits: Limits,
    pub(crate) registry: Arc<Registry>,
    pub(crate) handler: Option<OutputHandler>,
    pub(crate) capture: bool,
    pub(crate) mounts: Arc<Mounts>,
    #[cfg(feature = "network")]
    pub(crate) network: Option<(Arc<NetworkPolicy>, Arc<Secrets>)>,
    pub(crate) slots: Option<Slots>,
    pub(crate) watch: Option<EventWatch>,
    pub(crate) cancels: Arc<[CancelToken]>,
    pub(crate) counters: Arc<Counters>,
}

impl Config {
    pub(super) fn sink(&self) -> Sink {
        Sink::with_handler(self.limits.output, self.capture, self.handler.clone())
    }

    /// Returns the permit to start an interpreter: at once without slots, otherwise when a slot is free.
    pub(super) async fn wait_for_slot(&self) -> Result<Option<Slot>> {
        match &self.slots {
            Some(slots) => slots.take(&self.cancels).await.map(Some),
            None => Ok(None),
        }
    }
}
