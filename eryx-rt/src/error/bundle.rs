//! Unusable bundles.

use std::io;
use std::path::PathBuf;

use crate::bundle::{FormatError, SignatureError};
use crate::tree::TreeError;

/// Reasons why a bundle cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The bytes are not a usable bundle.
    #[error(transparent)]
    Format(#[from] FormatError),

    /// The bundle has no valid signature of the program's key.
    #[error(transparent)]
    Signature(#[from] SignatureError),

    /// The file tree of the bundle is damaged.
    #[error(transparent)]
    Tree(#[from] TreeError),

    /// A file of the bundle could not be read.
    #[error("could not read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },

    /// The program was compiled without the bundle.
    #[error("this program was compiled without its Python bundle ({0}); build it again without that")]
    Placeholder(&'static str),

    /// The bundle was built for another machine.
    #[error(
        "the bundle holds code for {bundle} and this program runs on {program}; \
         build it again with `cargo eryx build --target {program}`"
    )]
    Target {
        /// Target triple of the code in the bundle.
        bundle: String,
        /// Target triple that this program was compiled for.
        program: &'static str,
    },

    /// The bundle was built by another version of eryx.
    #[error(
        "the bundle was built by eryx {bundle} with wasmtime {bundle_wasmtime}, and this program uses eryx {program} \
         with wasmtime {program_wasmtime}; build it again with `cargo eryx bundle` of the same version"
    )]
    Version {
        /// Version of eryx that built the bundle.
        bundle: String,
        /// Version of wasmtime that compiled its code.
        bundle_wasmtime: String,
        /// Version of this crate.
        program: &'static str,
        /// Version of wasmtime in this crate.
        program_wasmtime: &'static str,
    },
}
