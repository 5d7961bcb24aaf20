//! The seam between resolving and building from source.

use std::path::Path;

use crate::error::Result;
use crate::wheel::Wheel;

/// What a wheel is made of.
#[derive(Debug, Clone, Copy)]
pub enum SourceTree<'a> {
    /// An sdist: an archive in the cache or elsewhere on this machine, with the name it has on the index.
    Sdist {
        /// Where it is.
        path: &'a Path,
        /// Its file name.
        filename: &'a str,
        /// Its SHA-256, lower-case hex.
        sha256: &'a str,
    },
    /// A folder with a `pyproject.toml` or `setup.py`.
    Folder(&'a Path),
}

/// Makes wheels of source trees. The resolver needs one where metadata cannot be had otherwise, and knows nothing of
/// how it is done.
pub trait SourceBuilder: Sync {
    /// Builds the wheel, or takes what was built before.
    ///
    /// # Errors
    /// When it cannot be built here; the message says why, in a form that fits behind `FILENAME: `.
    fn build(&self, source: SourceTree<'_>) -> Result<Wheel>;
}
