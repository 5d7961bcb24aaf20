//! Packages that cannot be added at run time.

use std::error::Error;

/// Reasons why a package cannot be added to a sandbox at run time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// The wheel or folder cannot be read.
    #[error("`{package}` cannot be added to the sandbox{}", help.as_deref().map(|help| format!("; {help}")).unwrap_or_default())]
    Unreadable {
        /// Name of its file or folder.
        package: String,
        /// The suggested next step, if there is one.
        help: Option<String>,
        /// The reader's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },

    /// The package conflicts with the bundle or with another package.
    #[error("`{package}` cannot be added to the sandbox: {problem}")]
    Conflict {
        /// Name of its file or folder.
        package: String,
        /// The conflict.
        problem: String,
    },

    /// The package must be built or linked first.
    #[error(
        "`{package}` holds {content}: declare it in `packages` of the bundle, or turn on eryx's feature `build` and \
         link it at run time with `.link().await`"
    )]
    NeedsBuild {
        /// Name of its file or folder.
        package: String,
        /// The part of it that does not run without this step.
        content: &'static str,
    },

    /// The builder has a bundle that is linked already.
    #[error(
        "packages cannot be linked with a bundle that is linked already: declare them in `packages` of that bundle, or \
         leave out `with_bundle`"
    )]
    LinkedBundle,

    /// Requirements of the packages are missing.
    #[error(
        "these requirements are missing: {}; add them with `with_package`, or declare them in the bundle",
        requirements.join(", ")
    )]
    Missing {
        /// Each requirement, with the package that needs it.
        requirements: Vec<String>,
    },
}
