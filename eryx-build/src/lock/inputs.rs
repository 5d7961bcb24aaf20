//! The inputs of a lock section. A comparison with the declaration shows whether the section is still valid.

use crate::declare::Spec;

/// The parts of a declaration that decide the choice of distributions. Addresses of indexes are not among them, so the
/// same lock works with any mirror.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockInputs {
    /// Requirements and paths, as written, sorted.
    pub requirements: Vec<String>,
    /// Constraints, as written, sorted.
    pub constraints: Vec<String>,
    /// Whether pre-releases are eligible for every project.
    pub prereleases: bool,
    /// The time limit for uploads, as written.
    pub exclude_newer: Option<String>,
}

impl LockInputs {
    /// Returns the inputs of a declaration.
    pub fn of(spec: &Spec) -> Self {
        Self {
            requirements: sorted(&spec.packages),
            constraints: sorted(&spec.constraints),
            prereleases: spec.prereleases,
            exclude_newer: spec.exclude_newer.clone(),
        }
    }

    /// Returns the differences from `now`, worded to complete «not up to date: …».
    pub(super) fn differences(&self, now: &Self) -> Vec<String> {
        let mut words = Vec::new();
        compare("", &self.requirements, &now.requirements, &mut words);
        compare("the constraint ", &self.constraints, &now.constraints, &mut words);
        if self.prereleases != now.prereleases {
            words.push(format!("`prereleases` is {} now", now.prereleases));
        }
        if self.exclude_newer != now.exclude_newer {
            words.push(match &now.exclude_newer {
                Some(time) => format!("`exclude-newer` is {time} now"),
                None => "`exclude-newer` is gone".to_owned(),
            });
        }
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
