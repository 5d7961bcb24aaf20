//! The source of a wheel.

use std::path::Path;

/// The source that a wheel is built of.
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
