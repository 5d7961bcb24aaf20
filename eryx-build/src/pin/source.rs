//! The source of a pin's distribution.

use std::path::PathBuf;

use url::Url;

use super::file::PinnedFile;

/// The source of a distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinSource {
    /// A wheel or sdist from an index or a `find-links` folder. The particular index does not matter: the file is
    /// looked up by its name, and accepted only with this hash.
    Index(PinnedFile),
    /// A wheel or sdist at a URL in the requirement.
    Url(Url, PinnedFile),
    /// A wheel or sdist on this machine, by its absolute path.
    Path(PathBuf, PinnedFile),
    /// A source tree on this machine, by its absolute path.
    Folder(PathBuf),
}

impl PinSource {
    /// Returns the file, unless the source is a folder.
    pub fn file(&self) -> Option<&PinnedFile> {
        match self {
            Self::Index(file) | Self::Url(_, file) | Self::Path(_, file) => Some(file),
            Self::Folder(_) => None,
        }
    }

    /// Whether it is a wheel, not a source to build a wheel from.
    pub fn is_wheel(&self) -> bool {
        self.file().is_some_and(|file| file.filename.to_ascii_lowercase().ends_with(".whl"))
    }
}
