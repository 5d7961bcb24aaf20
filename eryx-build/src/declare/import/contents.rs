//! The contents of one file of another tool.

use std::path::PathBuf;

/// The contents of one file.
#[derive(Debug, Default)]
pub(super) struct ImportedContents {
    pub(super) items: Vec<ImportedItem>,
    pub(super) constraints: Vec<ImportedItem>,
    pub(super) files: Vec<PathBuf>,
}

/// A requirement with its place and its hashes.
#[derive(Debug)]
pub(super) struct ImportedItem {
    pub(super) text: String,
    pub(super) place: String,
    pub(super) hashes: Vec<String>,
}
