//! The reason why a transfer ended early.

use std::io;

use crate::error::Error;

/// The reason why reading a response ended early.
pub(crate) enum TransferError {
    /// The connection failed. Another attempt may succeed.
    Connection(io::Error),
    /// A permanent failure: further attempts would fail too.
    Final(Error),
}

impl From<Error> for TransferError {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}
