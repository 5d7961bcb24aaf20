//! Sections of a lock.

use std::collections::BTreeMap;

use pep508_rs::PackageName;

use super::inputs::LockInputs;
use crate::pin::Pin;

/// What is locked for one bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Version of the Python that it was resolved for.
    pub python: String,
    /// What was asked for.
    pub asked: LockInputs,
    /// One for each distribution, sorted by name.
    pub pins: Vec<Pin>,
    /// A hash of what says the dependencies of each pin that is a folder.
    pub folders: BTreeMap<PackageName, String>,
}
