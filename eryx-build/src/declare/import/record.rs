//! Records which items of a declaration came from other tools' files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pep508_rs::PackageName;

/// The imported items, files and hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::declare) struct ImportRecord {
    /// For each key, the index in `packages` of its first item, in the order of the items.
    pub(super) starts: Vec<(usize, &'static str)>,
    /// All files that were read.
    pub(super) files: Vec<PathBuf>,
    /// SHA-256 hashes of the allowed files, by distribution.
    pub(super) hashes: BTreeMap<PackageName, Vec<String>>,
}

impl ImportRecord {
    /// Returns the key that an item of `packages` came from; `None` for the declaration's own items.
    pub(in crate::declare) fn key_of(&self, index: usize) -> Option<&'static str> {
        self.starts.iter().rev().find(|(start, _)| index >= *start).map(|(_, key)| *key)
    }

    /// Returns the number of the declaration's own items among `count` items of `packages`.
    pub(in crate::declare) fn own(&self, count: usize) -> usize {
        self.starts.first().map_or(count, |(start, _)| *start)
    }

    /// Shifts all recorded indices in `packages`.
    pub(in crate::declare) fn moved(&mut self, by: isize) {
        for (start, _) in &mut self.starts {
            *start = start.saturating_add_signed(by);
        }
    }

    pub(in crate::declare) fn files(&self) -> &[PathBuf] {
        &self.files
    }
}
