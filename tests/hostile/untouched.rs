//! Detects files of the host that were created, changed or removed.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The content of some folders: path to kind, size and time of change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listing(BTreeMap<PathBuf, (u32, u64, i64, i64)>);

impl Listing {
    pub(crate) fn of(folders: &[&Path]) -> Self {
        let mut found = BTreeMap::new();
        let mut folders: Vec<PathBuf> = folders.iter().map(|path| path.to_path_buf()).collect();
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let Ok(meta) = entry.path().symlink_metadata() else { continue };
                // The change time of a folder also reveals files that were in it for a while.
                found.insert(entry.path(), (meta.mode(), meta.size(), meta.ctime(), meta.ctime_nsec()));
                if meta.is_dir() {
                    folders.push(entry.path());
                }
            }
        }
        Self(found)
    }

    /// Returns the differences.
    pub(crate) fn changes(&self, now: &Self) -> Vec<String> {
        let gone = self.0.keys().filter(|path| !now.0.contains_key(*path)).map(|path| ("was removed", path));
        let new = now.0.keys().filter(|path| !self.0.contains_key(*path)).map(|path| ("was made", path));
        let both = self.0.iter().filter(|(path, what)| now.0.get(*path).is_some_and(|then| then != *what));
        let changed = both.map(|(path, _)| ("was changed", path));
        gone.chain(new).chain(changed).map(|(how, path)| format!("{} {how}", path.display())).collect()
    }
}

#[test]
fn every_change_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("folder")).unwrap();
    for name in ["kept", "changed", "removed"] {
        std::fs::write(path(name), name).unwrap();
    }
    let before = Listing::of(&[folder.path()]);
    assert_eq!(before.changes(&Listing::of(&[folder.path()])), [""; 0]);
    std::fs::write(path("changed"), "otherwise").unwrap();
    std::fs::remove_file(path("removed")).unwrap();
    std::fs::write(path("folder/new"), "").unwrap();
    let changes = before.changes(&Listing::of(&[folder.path()]));
    for end in ["changed was changed", "removed was removed", "folder/new was made", "folder was changed"] {
        assert!(changes.iter().any(|change| change.ends_with(end)), "{end}: {changes:?}");
    }
}
