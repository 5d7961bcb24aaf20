//! The size of the cache, and the removal of old entries.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::entry::{age, children, remove, size};
use super::{Cache, CacheLock};
use crate::error::Result;

/// Use of the cache by one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// The step; `files` and `notes` for downloads.
    pub step: String,
    /// Number of entries.
    pub entries: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

/// The result of pruning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PruneSummary {
    /// Number of removed entries.
    pub entries: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

impl Cache {
    /// Returns the use of the cache by step, sorted by name, without steps that have no entries.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn usage(&self) -> Result<Vec<Usage>> {
        let mut steps: BTreeMap<String, Usage> = BTreeMap::new();
        for (step, path) in self.entries()? {
            let usage = steps.entry(step).or_insert_with_key(|step| Usage {
                step: step.clone(),
                entries: 0,
                bytes: 0,
            });
            usage.entries += 1;
            usage.bytes += size(&path);
        }
        Ok(steps.into_values().collect())
    }

    /// Removes entries that were last used longer than `older_than` ago; `None` removes all entries. A concurrent build
    /// may have to download or make some of them again.
    ///
    /// # Errors
    /// When the folder cannot be read. Entries that cannot be removed are not counted.
    pub fn prune(&self, older_than: Option<Duration>) -> Result<PruneSummary> {
        let mut pruned = PruneSummary::default();
        for (_, path) in self.entries()? {
            if older_than.is_some_and(|limit| age(&path).is_none_or(|age| age <= limit)) {
                continue;
            }
            let bytes = size(&path);
            if remove(&path) {
                pruned.entries += 1;
                pruned.bytes += bytes;
            }
        }
        for path in children(&self.root().join("locks"))? {
            CacheLock::remove_unused(&path);
        }
        self.sweep(super::STALE);
        Ok(pruned)
    }

    /// Returns every entry with its step.
    fn entries(&self) -> Result<Vec<(String, PathBuf)>> {
        let mut entries = Vec::new();
        for part in ["files/sha256", "notes"] {
            let step = part.split('/').next().unwrap_or(part);
            for folder in children(&self.root().join(part))? {
                entries.extend(children(&folder)?.into_iter().map(|path| (step.to_owned(), path)));
            }
        }
        for folder in children(&self.root().join("keyed"))? {
            let step = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            entries.extend(children(&folder)?.into_iter().map(|path| (step.clone(), path)));
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::error::Context as _;

    #[test]
    fn usage_counts_and_prune_goes_by_last_use() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(dir.path())).unwrap();
        let make = |step: &str, key: &str, bytes: usize| {
            cache.put(step, key, |temp| fs_err::write(temp, vec![0; bytes]).context(|| "")).unwrap()
        };
        let old = make("link", "old", 10);
        make("link", "new", 20);
        make("warm", "new", 5);
        cache.write_note("index", "a-1", b"{}").unwrap();
        let usage = |step: &str, entries, bytes| Usage { step: step.to_owned(), entries, bytes };
        assert_eq!(cache.usage().unwrap(), [usage("link", 2, 30), usage("notes", 1, 2), usage("warm", 1, 5)]);

        let past = SystemTime::now() - Duration::from_secs(1000);
        std::fs::File::open(&old).unwrap().set_modified(past).unwrap();
        let hundred = Some(Duration::from_secs(100));
        assert_eq!(cache.prune(Some(Duration::from_secs(2000))).unwrap(), PruneSummary::default());
        assert_eq!(cache.prune(hundred).unwrap(), PruneSummary { entries: 1, bytes: 10 });
        assert!(!old.exists());

        // Both use and creation set the time.
        let used = make("link", "used", 1);
        std::fs::File::open(&used).unwrap().set_modified(past).unwrap();
        assert!(cache.get("link", "used").is_some());
        assert_eq!(cache.prune(hundred).unwrap(), PruneSummary::default());

        drop(cache.lock("link", "x").unwrap());
        assert_eq!(cache.prune(None).unwrap().entries, 4);
        assert!(cache.usage().unwrap().is_empty());
        assert_eq!(fs_err::read_dir(dir.path().join("locks")).unwrap().count(), 0);
    }
}
