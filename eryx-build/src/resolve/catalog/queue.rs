//! Questions to be answered ahead.

use std::collections::{HashMap, HashSet, VecDeque};

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};

use crate::resolve::ranges::VersionRange;

/// Questions that nobody waits for yet.
#[derive(Default)]
pub(super) struct PrefetchQueue {
    pub(super) waiting: VecDeque<PrefetchQuestion>,
    pub(super) asked: HashMap<PackageName, Vec<ExtraName>>,
    /// The versions of a project that were tried. Going back, the algorithm may try one again.
    pub(super) tried: HashMap<PackageName, HashSet<Version>>,
    pub(super) closed: bool,
}

/// A question that will probably be asked.
pub(super) enum PrefetchQuestion {
    /// What the newest version in a range needs, with some extras.
    Newest { name: PackageName, range: VersionRange, extras: Vec<ExtraName> },
    /// What that version needs.
    Needs { name: PackageName, version: Version },
}
