//! Changes that an update makes to the lock, for people.

use std::collections::BTreeMap;
use std::fmt;

use pep440_rs::Version;
use pep508_rs::PackageName;

use crate::pin::Pin;

/// A difference between two states of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A new distribution.
    Added(PackageName, Version),
    /// A distribution that is not needed any more.
    Removed(PackageName, Version),
    /// A distribution with another version, higher or lower.
    Updated(PackageName, Version, Version),
    /// The same version from another source or with another file.
    Replaced(PackageName, Version),
}

impl Change {
    /// Returns the verb of the change, for example `Added`.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Added(..) => "Added",
            Self::Removed(..) => "Removed",
            Self::Updated(..) => "Updated",
            Self::Replaced(..) => "Replaced",
        }
    }

    /// Returns all differences, sorted by name.
    pub(super) fn between(old: &[Pin], new: &[Pin]) -> Vec<Self> {
        let by_name = |pins: &[Pin]| -> BTreeMap<PackageName, Pin> {
            pins.iter().map(|pin| (pin.name.clone(), pin.clone())).collect()
        };
        let (old, new) = (by_name(old), by_name(new));
        let names: std::collections::BTreeSet<&PackageName> = old.keys().chain(new.keys()).collect();
        let change = |name: &PackageName| match (old.get(name), new.get(name)) {
            (None, Some(new)) => Some(Self::Added(name.clone(), new.version.clone())),
            (Some(old), None) => Some(Self::Removed(name.clone(), old.version.clone())),
            (Some(old), Some(new)) if old.version != new.version => {
                Some(Self::Updated(name.clone(), old.version.clone(), new.version.clone()))
            }
            (Some(old), Some(new)) if old.source != new.source || old.built != new.built => {
                Some(Self::Replaced(name.clone(), new.version.clone()))
            }
            _ => None,
        };
        names.into_iter().filter_map(change).collect()
    }
}

impl fmt::Display for Change {
    /// Writes the change without the verb: `six v1.16.0 -> v1.17.0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(name, version) | Self::Removed(name, version) | Self::Replaced(name, version) => {
                write!(f, "{name} v{version}")
            }
            Self::Updated(name, old, new) => write!(f, "{name} v{old} -> v{new}"),
        }
    }
}
