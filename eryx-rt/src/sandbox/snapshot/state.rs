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
    /// Hash of the files of packages that were added at run time.
    pub(super) packages: Option<[u8; 32]>,
    /// Value of the guest's monotonic clock.
    pub(super) clock: Duration,
    pub(super) memory: Arc<Difference>,
    /// Files in memory, if there ever were any.
    pub(super) files: Option<FileSnapshot>,
    /// Number of files that the guest must reopen.
    pub(super) open: u32,
}
