//! Invalid configurations.

use std::io;
use std::path::PathBuf;

/// Reasons why a sandbox cannot be built from its configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The builder has no bundle.
    #[error(
        "no bundle: pass one with `Sandbox::builder().with_bundle(&PYTHON)`, \
         or turn on eryx's feature `embedded` for plain CPython"
    )]
    NoBundle,

    /// The memory limit is lower than the initial memory.
    #[error(
        "a memory limit of {limit} bytes is less than the {needed} bytes that a sandbox of this bundle starts with"
    )]
    MemoryLimitTooLow {
        /// The limit, in bytes.
        limit: usize,
        /// Size of the start image or the snapshot, in bytes.
        needed: usize,
    },

    /// The limits on files are lower than the size or number of the initial files.
    #[error("the files given to the sandbox take {needed} {unit}, and the limit is {limit}")]
    FileLimitTooLow {
        /// Unit of both numbers: `bytes`, or `files and folders`.
        unit: &'static str,
        /// The limit.
        limit: u64,
        /// The size or number of the files.
        needed: u64,
    },

    /// The configuration has a limit on instructions, but the bundle's code does not count them.
    #[error(
        "a limit on instructions was set (`Limits::with_fuel`), and the bundle's code does not count them; \
         declare `fuel = true` for the bundle, and build it again"
    )]
    NoFuel,

    /// A file or folder cannot be mounted at its path.
    #[error("cannot mount files at `{path}`: {problem}")]
    Mount {
        /// The path in the sandbox.
        path: String,
        /// The rule that the path breaks.
        problem: String,
    },

    /// A folder of the host could not be opened.
    #[error("could not open the folder `{}`", path.display())]
    HostFolder {
        /// The path on the host.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },

    /// A part of a network policy cannot be used.
    #[cfg(feature = "network")]
    #[error("the network policy's {part} cannot be used: {problem}")]
    NetworkPolicy {
        /// The rule, certificate or secret.
        part: String,
        /// The mistake and its correction.
        problem: String,
    },

    /// A callback has an invalid name.
    #[error("cannot add the callback `{name}`: {problem}")]
    Callback {
        /// Its name.
        name: String,
        /// The rule that the name breaks.
        problem: String,
    },
}
