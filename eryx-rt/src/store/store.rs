//! A place for extracted bundles.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::error::{Obstacle, StoreError, UnusableReason};
use super::extracted::{ExtractedFiles, Origin};
use super::folder::{Folder, FolderAccess};
use super::lock::Lock;
use super::parts::PARTS;
use super::{extract, memory, stamp};
use crate::bundle::Reader;

/// A place for extracted bundles; the rules are in the [module docs](crate::store).
///
/// A value only names the place: it is cheap, holds nothing open and creates nothing before [`Store::open`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    pub(super) location: StoreLocation,
}

/// Where a store keeps its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StoreLocation {
    Folder { path: PathBuf, access: FolderAccess },
    Memory,
}

impl Store {
    /// The folder in the environment variable `ERYX_STORE_DIR` if that is set and not empty, else `eryx-<uid>` in the
    /// folder for temporary files.
    pub fn default_location() -> Self {
        match std::env::var_os("ERYX_STORE_DIR") {
            Some(path) if !path.is_empty() => Self::at(path),
            _ => Self::in_temp_dir(&std::env::temp_dir()),
        }
    }

    /// A folder of the user's choice, created (with its parents) if need be.
    ///
    /// It must belong to the user of this process, and nobody else may be able to write to it. Neither should others
    /// be able to rename its parents, as in any folder with code in it.
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self { location: StoreLocation::Folder { path: tidy(path.as_ref()), access: FolderAccess::Chosen } }
    }

    /// No folder: each [`Store::open`] decodes into sealed memory files. On Linux only; an error elsewhere.
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

    /// The folder, or `None` for a store in memory. It need not exist yet.
    pub fn path(&self) -> Option<&Path> {
        match &self.location {
            StoreLocation::Folder { path, .. } => Some(path),
            StoreLocation::Memory => None,
        }
    }

    /// The files of a bundle: found and checked, or else extracted.
    ///
    /// Finding them takes some twenty system calls and no lock. Extraction waits for other processes and threads that
    /// extract into the same store, and then uses their work if it is the same bundle. Blocks; expect some hundred
    /// milliseconds for an extraction.
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
                    "the store is not used, and each process extracts the bundle to memory; set ERYX_STORE_DIR to a \
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
    // Somebody may have extracted it while we waited for the lock.
    if let Ok(files) = stamp::open_matching(&folder, bundle) {
        return Ok(found(files, Origin::Reused, &folder));
    }
    let files = extract::extract(&folder, bundle)?;
    Ok(found(files, Origin::Extracted, &folder))
}

/// Drops trailing slashes and `.`, with which O_NOFOLLOW would follow a link in the last place.
pub(super) fn tidy(path: &Path) -> PathBuf {
    path.components().collect()
}
