//! Why a transfer ended early.

use std::io;

use crate::error::Error;

/// Why reading a response ended early.
pub(crate) enum TransferError {
    /// The connection failed: the request is worth another try.
    Connection(io::Error),
    /// Something that stays wrong however often one asks.
    Final(Error),
}

impl From<Error> for TransferError {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}
