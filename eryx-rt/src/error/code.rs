//! Invalid code and inputs.

use std::io;
use std::path::PathBuf;

/// Reasons why code or its inputs cannot be given to Python.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// A file with code could not be read, or is not UTF-8.
    #[error("could not read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },

    /// An input has a name that no Python variable can have.
    #[error("the input `{name}` cannot be given to Python: no Python variable can have this name")]
    InputName {
        /// Name of the input.
        name: String,
    },

    /// An input's value cannot be written as JSON.
    #[error("the input `{name}` cannot be given to Python")]
    InputValue {
        /// Name of the input.
        name: String,
        /// serde's error.
        #[source]
        source: serde_json::Error,
    },
}
