//! Sections of a lock.

use std::collections::BTreeMap;

use pep508_rs::PackageName;

use super::inputs::LockInputs;
use crate::pin::Pin;

/// The locked state of one bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The Python version that it was resolved for.
    pub python: String,
    /// The inputs of the resolution.
    pub asked: LockInputs,
    /// One pin for each distribution, sorted by name.
    pub pins: Vec<Pin>,
    /// For each pin that is a folder, a hash of the files that state its dependencies.
    pub folders: BTreeMap<PackageName, String>,
}
