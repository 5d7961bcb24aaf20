//! **pin**: one file for each distribution.
//!
//! The resolver returns pins, the lock stores them, and `fetch` downloads them.

mod dependency;
mod file;
mod source;

use pep440_rs::Version;
use pep508_rs::PackageName;

pub use self::dependency::Dependency;
pub use self::file::PinnedFile;
pub use self::source::PinSource;

/// One distribution, resolved to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Its normalised name.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The source of its file.
    pub source: PinSource,
    /// The wheel that was built from it, if the source is not a wheel.
    pub built: Option<PinnedFile>,
    /// The other pins it depends on, after evaluating markers, sorted by name.
    pub dependencies: Vec<Dependency>,
    /// Index of the item of `packages` that required it; `None` for a mere dependency.
    pub declared: Option<usize>,
}
