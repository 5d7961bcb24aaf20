//! The error type of the run time: groups of errors, with the underlying errors as sources.

mod build;
mod bundle;
mod code;
mod config;
mod package;
mod session;
mod snapshot;

use std::error::Error as _;

pub use build::BuildError;
pub use bundle::BundleError;
pub use code::CodeError;
pub use config::ConfigError;
pub use package::PackageError;
pub use session::SessionError;
pub use snapshot::SnapshotError;

use crate::bundle::{FormatError, SignatureError};
use crate::engine::EngineError;
use crate::outcome::{Failure, ValueError};
use crate::store::StoreError;
use crate::tree::TreeError;

/// Result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Reasons why a sandbox could not be built or code could not be run.
///
/// The message of an error does not repeat the messages of its [sources](std::error::Error::source);
/// [`report`](Self::report) joins them.
///
/// ```
/// use eryx_rt::{ConfigError, Error, Sandbox};
/// match Sandbox::builder().with_file("/etc/passwd", "").build() {
///     Err(Error::Config(ConfigError::Mount { path, problem })) => println!("{path}: {problem}"),
///     Err(error) => println!("{}", error.report()),
///     Ok(_) => println!("ready"),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The code ran and failed. The [`Failure`] has the cause and the output so far.
    #[error(transparent)]
    Execution(Box<Failure>),

    /// The bundle cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),

    /// The bundle could not be extracted.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// wasmtime refused the engine settings or the code.
    #[error(transparent)]
    Engine(#[from] EngineError),

    /// A builder got an invalid value.
    #[error(transparent)]
    Config(#[from] ConfigError),

    /// A package cannot be added to a sandbox at run time.
    #[error(transparent)]
    Package(#[from] PackageError),

    /// A bundle could not be built at run time (feature `build` of the crate `eryx`).
    #[error(transparent)]
    Build(#[from] BuildError),

    /// A session cannot be opened or used.
    #[error(transparent)]
    Session(#[from] SessionError),

    /// A session could not be copied, or a copy could not be made live.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),

    /// Code or its inputs cannot be given to Python.
    #[error(transparent)]
    Code(#[from] CodeError),

    /// The code's value does not have the type that the program requested.
    #[error(transparent)]
    Value(#[from] ValueError),
}

impl Error {
    /// Returns the failure of the execution, if this is [`Error::Execution`].
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Execution(failure) => Some(failure),
            _ => None,
        }
    }

    /// Returns the message and the messages of all sources on one line.
    ///
    /// ```
    /// let error = eryx_rt::Mount::host_read_only("/no/such/folder").unwrap_err();
    /// assert_eq!(error.to_string(), "could not open the folder `/no/such/folder`");
    /// assert!(error.report().starts_with("could not open the folder `/no/such/folder`: No such file"));
    /// ```
    pub fn report(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            text = format!("{text}: {error}");
            source = error.source();
        }
        text
    }

    pub(crate) fn engine(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        EngineError::new(source).into()
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Execution(Box::new(failure))
    }
}

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Self {
        BundleError::from(error).into()
    }
}

impl From<SignatureError> for Error {
    fn from(error: SignatureError) -> Self {
        BundleError::from(error).into()
    }
}

impl From<TreeError> for Error {
    fn from(error: TreeError) -> Self {
        BundleError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn sources_are_kept_and_reported_once() {
        let source = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let error = Error::from(BundleError::Read { path: "app.eryx".into(), source });
        assert_eq!(error.to_string(), "could not read `app.eryx`");
        assert!(error.source().unwrap().is::<io::Error>());
        assert_eq!(error.report(), "could not read `app.eryx`: no such file");
    }

    #[test]
    fn the_source_of_a_build_error_has_its_own_type() {
        let error = Error::from(BuildError::new(io::Error::other("no index")).with_help("go online"));
        assert_eq!(error.to_string(), "the bundle could not be built; go online");
        assert!(error.source().unwrap().is::<io::Error>());
        assert_eq!(error.report(), "the bundle could not be built; go online: no index");
    }
}
