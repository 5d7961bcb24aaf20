//! **pin**: one file for each distribution.
//!
//! Pins are what the resolver ends in, what the lock keeps, and what is fetched.

mod dependency;
mod file;
mod source;

use pep440_rs::Version;
use pep508_rs::PackageName;

pub use self::dependency::Dependency;
pub use self::file::PinnedFile;
pub use self::source::PinSource;

/// One distribution, decided down to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Its normalised name.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// Where it comes from.
    pub source: PinSource,
    /// The wheel that was made of it, if the source is not a wheel.
    pub built: Option<PinnedFile>,
    /// What it needs, of the other pins. Markers have been decided; sorted by name.
    pub dependencies: Vec<Dependency>,
    /// Which item of `packages` asked for it, if one did by itself.
    pub declared: Option<usize>,
}
