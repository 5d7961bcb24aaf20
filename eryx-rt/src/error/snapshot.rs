//! Snapshots that cannot be taken, read or restored.

use crate::bundle::BundleId;

/// Why a session could not be copied, or a copy not be made live.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Files are open that a copy could not open again: they were removed or replaced since, or native code opened
    /// them. The session goes on.
    #[error("the session has files open that a copy could not open again ({}); close them first", .0.join(", "))]
    OpenFiles(Vec<String>),

    /// Callbacks that were started have not completed. The session goes on.
    #[error("{0} callbacks that the session has started are not done; wait for them first")]
    CallsInFlight(usize),

    /// The session holds something else of the host, such as a folder that is being listed. The session goes on.
    #[error(
        "the session holds something of the host that no copy could have, such as a folder that it is listing"
    )]
    Handles,

    /// Sessions of this bundle cannot be copied: native code in it keeps state that is not in memory.
    #[error("sessions of this bundle cannot be copied: {0}")]
    Unsupported(String),

    /// The interpreter could not get ready: it has no memory left, or code has changed eryx's own modules.
    #[error("the interpreter could not get ready to be copied")]
    NotReady,

    /// The snapshot is of another bundle.
    #[error(
        "the snapshot was taken in a sandbox of bundle {snapshot}, and this sandbox runs bundle {sandbox}"
    )]
    OtherBundle {
        /// Bundle of the session it was taken of.
        snapshot: BundleId,
        /// Bundle of the sandbox.
        sandbox: BundleId,
    },

    /// The sandbox was not given the same packages at run time as the one that the snapshot was taken in.
    #[error(
        "the snapshot was taken in a sandbox with other packages; give this one the same with `with_package`"
    )]
    OtherPackages,

    /// The bytes do not begin as a snapshot does.
    #[error("this is not a snapshot")]
    NotASnapshot,

    /// The bytes are of another version of the format.
    #[error(
        "the snapshot has format {found}, and this version of eryx reads format {supported}; take it again"
    )]
    UnsupportedVersion {
        /// What the bytes say.
        found: u32,
        /// What this crate reads.
        supported: u32,
    },

    /// The bytes are not those that were written.
    #[error("the snapshot is damaged: its bytes do not match their hash")]
    Altered,

    /// The bytes make no sense.
    #[error("the snapshot is malformed: {0}")]
    Malformed(String),

    /// The system failed.
    #[error("the session's memory could not be copied")]
    System(#[from] std::io::Error),
}
