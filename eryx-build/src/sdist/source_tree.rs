//! The source of a wheel.

use std::path::Path;

/// The source of a wheel.
#[derive(Debug, Clone, Copy)]
pub enum SourceTree<'a> {
    /// An sdist: an archive on this machine, with its name on the index.
    Sdist {
        /// Its path.
        path: &'a Path,
        /// Its file name.
        filename: &'a str,
        /// Its SHA-256, lower-case hex.
        sha256: &'a str,
    },
    /// A folder with a `pyproject.toml` or `setup.py`.
    Folder(&'a Path),
}
