//! Maintenance of the store: listing and removing bundles.

use std::time::{Duration, SystemTime};

use rustix::fs::FileType;

use super::error::{Obstacle, StoreError};
use super::folder::Folder;
use super::lock::Lock;
use super::stamp;
use super::stamp::modified;
use super::store::{Store, StoreLocation};
use crate::bundle::BundleId;

/// An extracted bundle in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredBundle {
    /// The bundle's id.
    pub id: BundleId,
    /// Total length of its files in bytes.
    pub bytes: u64,
    /// Time of the last use, accurate to a day.
    pub last_used: SystemTime,
}

/// The result of [`Store::prune`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PruneReport {
    /// Number of removed bundles.
    pub bundles: usize,
    /// Total length of their files in bytes.
    pub bytes: u64,
}

impl Store {
    /// Returns the extracted bundles, sorted by id. The list is empty for a store in memory, or if the folder does not
    /// exist.
    pub fn entries(&self) -> Result<Vec<StoredBundle>, StoreError> {
        let Some(root) = self.root()? else { return Ok(Vec::new()) };
        entries(&root).map_err(Obstacle::into_error)
    }

    /// Removes an extracted bundle and returns its length in bytes; `None` if it was not in the store.
    ///
    /// Processes that run it keep running. The next process that opens it extracts it again.
    pub fn remove(&self, id: BundleId) -> Result<Option<u64>, StoreError> {
        let Some(root) = self.root()? else { return Ok(None) };
        let remove = || {
            let _lock = Lock::take(&root)?;
            remove(&root, id)
        };
        remove().map_err(Obstacle::into_error)
    }

    /// Removes all bundles that were not opened for this long (accurate to a day). With zero, removes all bundles.
    pub fn prune(&self, unused_for: Duration) -> Result<PruneReport, StoreError> {
        let mut pruned = PruneReport::default();
        let Some(root) = self.root()? else { return Ok(pruned) };
        let mut prune = || {
            let _lock = Lock::take(&root)?;
            for entry in entries(&root)? {
                // A time in the future counts as now.
                if entry.last_used.elapsed().unwrap_or_default() >= unused_for
                    && let Some(bytes) = remove(&root, entry.id)?
                {
                    pruned.bundles += 1;
                    pruned.bytes += bytes;
                }
            }
            Ok(())
        };
        prune().map_err(Obstacle::into_error)?;
        Ok(pruned)
    }

    fn root(&self) -> Result<Option<Folder>, StoreError> {
        match &self.location {
            StoreLocation::Folder { path, access } => {
                Folder::open(path, *access).map_err(Obstacle::into_error)
            }
            StoreLocation::Memory => Ok(None),
        }
    }
}

fn entries(root: &Folder) -> Result<Vec<StoredBundle>, Obstacle> {
    let mut entries = Vec::new();
    for name in root.names()? {
        // Skips files that are not a bundle's folder.
        let Some(id) = name.to_str().ok().and_then(|name| name.parse::<BundleId>().ok()) else { continue };
        let Some(folder) = root.subfolder(&id.to_string())? else { continue };
        let (bytes, last_used) = size_and_last_use(&folder)?;
        entries.push(StoredBundle { id, bytes, last_used });
    }
    entries.sort_by_key(|entry| entry.id);
    Ok(entries)
}

fn size_and_last_use(folder: &Folder) -> Result<(u64, SystemTime), Obstacle> {
    let (mut bytes, mut last_used) = (0, SystemTime::UNIX_EPOCH);
    for name in folder.names()? {
        let Some(stat) = folder.stat(&*name)? else { continue };
        if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
            bytes += u64::try_from(stat.st_size).unwrap_or_default();
        }
        // The stamp is the youngest file. Without a stamp (after a killed extraction), the youngest other file counts.
        last_used = last_used.max(modified(&stat));
    }
    Ok((bytes, last_used))
}

/// Removes a bundle. The caller holds the lock.
fn remove(root: &Folder, id: BundleId) -> Result<Option<u64>, Obstacle> {
    let name = id.to_string();
    let Some(folder) = root.subfolder(&name)? else { return Ok(None) };
    let bytes = size_and_last_use(&folder)?.0;
    // The stamp goes first: if this process is killed in between, the other files do not count.
    folder.unlink(stamp::NAME)?;
    for file in folder.names()? {
        folder.unlink(&*file)?;
    }
    root.remove_subfolder(&name)?;
    Ok(Some(bytes))
}
