//! Sessions that cannot be opened or used.

use std::io;

/// Why a session cannot be opened or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The session ended with an earlier execution, which was stopped or crashed.
    #[error("this session has ended, because an execution in it was stopped or crashed; open a new one")]
    Ended,

    /// All [slots](crate::Slots) are taken, and the queue for them is full. Later there may be one.
    #[error("all {slots} slots are taken, and {waiting} wait for one already; try again later")]
    Busy {
        /// The number of interpreters that may live at once.
        slots: usize,
        /// The number of those that wait.
        waiting: usize,
    },

    /// A file of the session could not be read or written.
    #[error("could not access `{path}` in the sandbox")]
    File {
        /// Its path in the sandbox.
        path: String,
        /// The reason, as the system would give it.
        #[source]
        source: io::Error,
    },
}
