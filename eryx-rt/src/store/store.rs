//! The location of extracted bundles.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::error::{Obstacle, StoreError, UnusableReason};
use super::extracted::{ExtractedFiles, Origin};
use super::folder::{Folder, FolderAccess};
use super::lock::Lock;
use super::parts::PARTS;
use super::{extract, memory, stamp};
use crate::bundle::Reader;

/// The location of extracted bundles; the [module docs](crate::store) have the rules.
///
/// The value is only a location. It is cheap, holds no open files, and creates no folder before [`Store::open`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    pub(super) location: StoreLocation,
}

/// The place of a store's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StoreLocation {
    Folder { path: PathBuf, access: FolderAccess },
    Memory,
}

impl Store {
    /// Returns the default store: the folder in the environment variable `ERYX_STORE_DIR` if it is set and not empty,
    /// otherwise `eryx-<uid>` in the folder for temporary files.
    pub fn default_location() -> Self {
        match std::env::var_os("ERYX_STORE_DIR") {
            Some(path) if !path.is_empty() => Self::at(path),
            _ => Self::in_temp_dir(&std::env::temp_dir()),
        }
    }

    /// Returns a store in a folder that the user chose. The folder and its parents are created if needed.
    ///
    /// It must belong to the user of this process, and other users must not be able to write to it. As for any folder
    /// with code, they should not be able to rename its parents either.
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self { location: StoreLocation::Folder { path: tidy(path.as_ref()), access: FolderAccess::Chosen } }
    }

    /// Returns a store without a folder: each [`Store::open`] decodes into sealed memory files. Works on Linux only;
    /// other systems return an error.
    pub fn in_memory() -> Self {
        Self { location: StoreLocation::Memory }
    }

    pub(super) fn in_temp_dir(temp_dir: &Path) -> Self {
        let name = format!("eryx-{}", rustix::process::geteuid().as_raw());
        Self {
            location: StoreLocation::Folder {
                path: tidy(&temp_dir.join(name)),
                access: FolderAccess::Temporary,
            },
        }
    }

    /// The folder, or `None` for a store in memory. The folder need not exist yet.
    pub fn path(&self) -> Option<&Path> {
        match &self.location {
            StoreLocation::Folder { path, .. } => Some(path),
            StoreLocation::Memory => None,
        }
    }

    /// Returns the files of a bundle. Uses the files in the store if they are intact, and extracts the bundle
    /// otherwise.
    ///
    /// Finding the files takes about twenty system calls and no lock. Extraction waits for other processes and threads
    /// that extract into the same store, and then uses their files if they extracted the same bundle. This method
    /// blocks; an extraction takes some hundred milliseconds.
    pub fn open(&self, bundle: &Reader<'_>) -> Result<ExtractedFiles, StoreError> {
        let mut needed = 0;
        for (kind, _) in PARTS {
            needed += bundle.entry(kind)?.raw_length;
        }
        let StoreLocation::Folder { path, access } = &self.location else { return memory::extract(bundle) };
        match open_in(path, *access, bundle) {
            Ok(extracted) => Ok(extracted),
            Err(Obstacle::Error(error)) => Err(error),
            Err(Obstacle::Full { path }) => Err(StoreError::Full { path, needed }),
            Err(trouble @ Obstacle::TooLarge) => Err(trouble.into_error()),
            Err(Obstacle::Unusable { path, why: why @ UnusableReason::Foreign { .. } }) => {
                tracing::warn!(
                    path = %path.display(),
                    %why,
                    "the store is unusable, so each process extracts the bundle to memory; set ERYX_STORE_DIR to a \
                     folder that only you can write to"
                );
                memory::extract(bundle)
            }
            Err(Obstacle::Unusable { path, why }) => {
                tracing::debug!(path = %path.display(), %why, "store not usable, extracting to memory");
                memory::extract(bundle)
            }
        }
    }
}

fn open_in(path: &Path, access: FolderAccess, bundle: &Reader<'_>) -> Result<ExtractedFiles, Obstacle> {
    let name = bundle.id().to_string();
    let found = |[code, tree, image]: [File; 3], origin, folder: &Folder| ExtractedFiles {
        code,
        tree,
        image,
        origin,
        folder: Some(folder.path().to_owned()),
    };

    if let Some(root) = Folder::open(path, access)? {
        root.check_mount(0)?;
        if let Some(folder) = root.subfolder(&name)? {
            match stamp::open_matching(&folder, bundle) {
                Ok(files) => return Ok(found(files, Origin::Reused, &folder)),
                Err(why) => tracing::debug!(path = %folder.path().display(), %why, "extracting again"),
            }
        }
    }

    let root = Folder::create(path, access)?;
    root.check_mount(0)?;
    let _lock = Lock::take(&root)?;
    let folder = root.create_subfolder(&name)?;
    // Another process may have extracted the bundle while this one waited for the lock.
    if let Ok(files) = stamp::open_matching(&folder, bundle) {
        return Ok(found(files, Origin::Reused, &folder));
    }
    let files = extract::extract(&folder, bundle)?;
    Ok(found(files, Origin::Extracted, &folder))
}

/// Removes trailing slashes and `.` components, with which O_NOFOLLOW would follow a link at the end of the path.
pub(super) fn tidy(path: &Path) -> PathBuf {
    path.components().collect()
}
