//! Where the distribution of a pin comes from.

use std::path::PathBuf;

use url::Url;

use super::file::PinnedFile;

/// Where a distribution comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinSource {
    /// A wheel or sdist that an index or a `find-links` folder has. Which of them does not matter: it is looked up by
    /// its name and taken only with this hash.
    Index(PinnedFile),
    /// A wheel or sdist at an address that the requirement itself gives.
    Url(Url, PinnedFile),
    /// A wheel or sdist on this machine, by its absolute path.
    Path(PathBuf, PinnedFile),
    /// A source tree on this machine, by its absolute path.
    Folder(PathBuf),
}

impl PinSource {
    /// The file, unless the source is a folder.
    pub fn file(&self) -> Option<&PinnedFile> {
        match self {
            Self::Index(file) | Self::Url(_, file) | Self::Path(_, file) => Some(file),
            Self::Folder(_) => None,
        }
    }

    /// Whether it is a wheel, rather than something that a wheel is made of.
    pub fn is_wheel(&self) -> bool {
        self.file().is_some_and(|file| file.filename.to_ascii_lowercase().ends_with(".whl"))
    }
}
