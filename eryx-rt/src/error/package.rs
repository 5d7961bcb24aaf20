//! Packages that cannot be added at run time.

use std::error::Error;

/// Why a package cannot be added to a sandbox at run time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// The wheel or folder cannot be read.
    #[error("`{package}` cannot be added to the sandbox{}", help.as_deref().map(|help| format!("; {help}")).unwrap_or_default())]
    Unreadable {
        /// Name of its file or folder.
        package: String,
        /// The way out, if there is one to tell.
        help: Option<String>,
        /// The error of the reader.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },

    /// The package does not go together with the bundle or another package.
    #[error("`{package}` cannot be added to the sandbox: {problem}")]
    Conflict {
        /// Name of its file or folder.
        package: String,
        /// The conflict.
        problem: String,
    },

    /// The package has to be built or linked first.
    #[error(
        "`{package}` holds {content}: declare it in `packages` of the bundle, or turn on eryx's feature `build` and have \
         it linked when the program runs: `.link().await`"
    )]
    NeedsBuild {
        /// Name of its file or folder.
        package: String,
        /// The part of it that cannot run as it is.
        content: &'static str,
    },

    /// The builder has a bundle that is linked already.
    #[error(
        "packages cannot be linked with a bundle that is linked already: declare them in `packages` of that bundle, or \
         leave out `with_bundle`"
    )]
    LinkedBundle,

    /// The packages need others that are not there.
    #[error(
        "these are needed and missing: {}; add them with `with_package`, or declare them in the bundle",
        requirements.join(", ")
    )]
    Missing {
        /// Each requirement, with the package that has it.
        requirements: Vec<String>,
    },
}
