//! The queue of questions to prefetch.

use std::collections::{HashMap, HashSet, VecDeque};

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};

use crate::resolve::ranges::VersionRange;

/// Questions that the solver does not wait for yet.
#[derive(Default)]
pub(super) struct PrefetchQueue {
    pub(super) waiting: VecDeque<PrefetchQuestion>,
    pub(super) asked: HashMap<PackageName, Vec<ExtraName>>,
    /// The versions of a project that were tried. After backtracking, the solver may try a version again.
    pub(super) tried: HashMap<PackageName, HashSet<Version>>,
    pub(super) closed: bool,
}

/// A question that the solver will probably ask.
pub(super) enum PrefetchQuestion {
    /// The requirements of the newest version in a range, with some extras.
    Newest { name: PackageName, range: VersionRange, extras: Vec<ExtraName> },
    /// The requirements of a version.
    Needs { name: PackageName, version: Version },
}
