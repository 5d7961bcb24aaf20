//! A selected version.

use pep440_rs::Version;

use crate::index::ProjectFile;

/// One version that may be taken, with its file.
#[derive(Clone)]
pub(in crate::resolve) struct SelectedVersion {
    pub(in crate::resolve) version: Version,
    pub(in crate::resolve) file: ProjectFile,
    pub(in crate::resolve) is_wheel: bool,
}
