//! Which items of a declaration came from other tools' files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pep508_rs::PackageName;

/// What came from other tools' files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::declare) struct ImportRecord {
    /// From which item of `packages` on they come from a key, in the order of the items.
    pub(super) starts: Vec<(usize, &'static str)>,
    /// All files that were read.
    pub(super) files: Vec<PathBuf>,
    /// SHA-256 of the files that may stand for a distribution.
    pub(super) hashes: BTreeMap<PackageName, Vec<String>>,
}

impl ImportRecord {
    /// The key that an item of `packages` came from, unless it stands there itself.
    pub(in crate::declare) fn key_of(&self, index: usize) -> Option<&'static str> {
        self.starts.iter().rev().find(|(start, _)| index >= *start).map(|(_, key)| *key)
    }

    /// How many items of `packages` are the declaration's own, of all `count`.
    pub(in crate::declare) fn own(&self, count: usize) -> usize {
        self.starts.first().map_or(count, |(start, _)| *start)
    }

    /// Notes that all of them have moved in `packages`.
    pub(in crate::declare) fn moved(&mut self, by: isize) {
        for (start, _) in &mut self.starts {
            *start = start.saturating_add_signed(by);
        }
    }

    pub(in crate::declare) fn files(&self) -> &[PathBuf] {
        &self.files
    }
}
