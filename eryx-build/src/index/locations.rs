//! Locations of distributions: indexes, folders and pages.

use super::url::IndexUrl;

/// Where distributions are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexLocations {
    /// Indexes in the order in which they are asked; never empty.
    pub(crate) indexes: Vec<IndexUrl>,
    /// Folders and pages with files of any project, and who told us of them.
    pub(crate) links: Vec<(String, String)>,
}
