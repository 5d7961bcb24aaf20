//! Sessions that cannot be opened or used.

use std::io;

/// Reasons why a session cannot be opened or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// An earlier execution was stopped or crashed, which ended the session.
    #[error("this session has ended, because an execution in it was stopped or crashed; open a new one")]
    Ended,

    /// All [slots](crate::Slots) are taken, and the queue for them is full. A later attempt may succeed.
    #[error("all {slots} slots are taken, and {waiting} callers are waiting for one; try again later")]
    Busy {
        /// The maximum number of live interpreters.
        slots: usize,
        /// The number of waiting callers.
        waiting: usize,
    },

    /// A file of the session could not be read or written.
    #[error("could not access `{path}` in the sandbox")]
    File {
        /// Its path in the sandbox.
        path: String,
        /// The reason, as a system error.
        #[source]
        source: io::Error,
    },
}
