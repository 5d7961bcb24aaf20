//! Configurations that cannot be used.

use std::io;
use std::path::PathBuf;

/// Why a sandbox cannot be built of what its builder was given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The builder has no bundle.
    #[error(
        "no bundle: pass one with `Sandbox::builder().with_bundle(&PYTHON)`, \
         or turn on eryx's feature `embedded` for plain CPython"
    )]
    NoBundle,

    /// The limit on memory is lower than the size of the memory to start with.
    #[error(
        "a memory limit of {limit} bytes is less than the {needed} bytes that a sandbox of this bundle starts with"
    )]
    MemoryLimitTooLow {
        /// The limit, in bytes.
        limit: usize,
        /// The size of the start image or the snapshot, in bytes.
        needed: usize,
    },

    /// The limits on files are lower than the files to start with.
    #[error("the files given to the sandbox take {needed} {unit}, and the limit is {limit}")]
    FileLimitTooLow {
        /// The unit of both numbers: `bytes`, or `files and folders`.
        unit: &'static str,
        /// The limit.
        limit: u64,
        /// The size of the files.
        needed: u64,
    },

    /// A limit on instructions was set, and the bundle's code does not count them.
    #[error(
        "a limit on instructions was set (`Limits::with_fuel`), and the bundle's code does not count them; \
         declare `fuel = true` where the bundle is declared, and build it again"
    )]
    NoFuel,

    /// A file or folder cannot be mounted at its path.
    #[error("cannot mount files at `{path}`: {problem}")]
    Mount {
        /// The path in the sandbox.
        path: String,
        /// The rule that it breaks.
        problem: String,
    },

    /// A folder of the host could not be opened.
    #[error("could not open the folder `{}`", path.display())]
    HostFolder {
        /// The path on the host.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },

    /// A part of a network policy cannot be used.
    #[cfg(feature = "network")]
    #[error("the network policy's {part} cannot be used: {problem}")]
    NetworkPolicy {
        /// The rule, certificate or secret.
        part: String,
        /// The mistake, and how to correct it.
        problem: String,
    },

    /// A callback cannot have its name.
    #[error("cannot add the callback `{name}`: {problem}")]
    Callback {
        /// Its name.
        name: String,
        /// The rule that it breaks.
        problem: String,
    },
}
