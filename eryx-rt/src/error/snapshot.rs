//! Snapshots that cannot be taken, read or restored.

use crate::bundle::BundleId;

/// Reasons why a session could not be copied, or a snapshot not restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The session has open files that a copy cannot reopen: their paths were removed or replaced, or native
    /// code opened them. The session continues.
    #[error("the session has open files that a copy cannot reopen ({}); close them first", .0.join(", "))]
    OpenFiles(Vec<String>),

    /// Callbacks that the session started have not completed. The session continues.
    #[error("{0} callbacks of the session have not completed; wait for them first")]
    CallsInFlight(usize),

    /// The session holds another resource of the host, for example a folder during a listing. The session
    /// continues.
    #[error(
        "the session holds a host resource that cannot be copied, for example a folder that it is listing"
    )]
    Handles,

    /// Sessions of this bundle cannot be copied: its native code keeps state outside of linear memory.
    #[error("sessions of this bundle cannot be copied: {0}")]
    Unsupported(String),

    /// The interpreter could not prepare for the copy: it is out of memory, or code has changed eryx's own
    /// modules.
    #[error("the interpreter could not prepare for the copy")]
    NotReady,

    /// The snapshot belongs to another bundle.
    #[error(
        "the snapshot was taken in a sandbox of bundle {snapshot}, and this sandbox runs bundle {sandbox}"
    )]
    OtherBundle {
        /// Bundle of the session that was copied.
        snapshot: BundleId,
        /// Bundle of the sandbox.
        sandbox: BundleId,
    },

    /// The sandbox and the snapshot's sandbox have different packages that were added at run time.
    #[error(
        "the snapshot was taken in a sandbox with other packages; give this one the same with `with_package`"
    )]
    OtherPackages,

    /// The bytes do not begin like a snapshot.
    #[error("this is not a snapshot")]
    NotASnapshot,

    /// The bytes have another version of the format.
    #[error(
        "the snapshot has format {found}, and this version of eryx reads format {supported}; take it again"
    )]
    UnsupportedVersion {
        /// Version in the bytes.
        found: u32,
        /// Version that this crate reads.
        supported: u32,
    },

    /// The bytes were changed after they were written.
    #[error("the snapshot is damaged: its bytes do not match their hash")]
    Altered,

    /// The bytes have an invalid structure.
    #[error("the snapshot is malformed: {0}")]
    Malformed(String),

    /// A system call failed.
    #[error("the session's memory could not be copied")]
    System(#[from] std::io::Error),
}
