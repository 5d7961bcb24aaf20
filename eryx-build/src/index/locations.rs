//! Locations of distributions: indexes, folders and pages.

use super::url::IndexUrl;

/// The places to search for distributions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexLocations {
    /// Indexes in the order of requests; never empty.
    pub(crate) indexes: Vec<IndexUrl>,
    /// Folders and pages with files of any project, each with its origin.
    pub(crate) links: Vec<(String, String)>,
}
