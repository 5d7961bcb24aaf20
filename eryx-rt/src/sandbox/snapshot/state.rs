//! The parts of a snapshot.

use std::sync::Arc;
use std::time::Duration;

use crate::bundle::BundleId;
use crate::filesystem::FileSnapshot;
use crate::memory::Difference;

/// A session at one moment.
#[derive(Debug)]
pub(super) struct SnapshotState {
    pub(super) bundle: BundleId,
    /// Of the files of packages that were given at run time.
    pub(super) packages: Option<[u8; 32]>,
    /// What the guest's monotonic clock showed.
    pub(super) clock: Duration,
    pub(super) memory: Arc<Difference>,
    /// Files in memory, if there ever were any.
    pub(super) files: Option<FileSnapshot>,
    /// How many files the guest has to open again.
    pub(super) open: u32,
}
