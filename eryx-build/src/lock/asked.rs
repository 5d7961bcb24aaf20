//! What a section of the lock answers. It is compared with the declaration to see whether the answer still holds.

use serde::{Deserialize, Serialize};

use crate::declare::Spec;

/// Everything in a declaration that decides which distributions are chosen. Addresses of indexes are not among it: the
/// same lock serves behind any mirror.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Asked {
    /// Requirements and paths, as written, sorted.
    #[serde(default)]
    pub requirements: Vec<String>,
}

impl Asked {
    /// What a declaration asks for.
    pub fn of(spec: &Spec) -> Self {
        Self { requirements: sorted(&spec.packages) }
    }

    /// How `now` differs, in words that complete «not up to date: …». Empty if it does not.
    pub(super) fn differences(&self, now: &Self) -> Vec<String> {
        let mut words = Vec::new();
        compare("", &self.requirements, &now.requirements, &mut words);
        words
    }
}

fn sorted(items: &[String]) -> Vec<String> {
    let mut items: Vec<String> = items.iter().map(|item| item.trim().to_owned()).collect();
    items.sort();
    items.dedup();
    items
}

fn compare(kind: &str, locked: &[String], now: &[String], words: &mut Vec<String>) {
    let new = now.iter().filter(|item| !locked.contains(item));
    words.extend(new.map(|item| format!("{kind}`{item}` is new")));
    let gone = locked.iter().filter(|item| !now.contains(item));
    words.extend(gone.map(|item| format!("{kind}`{item}` is gone")));
}
