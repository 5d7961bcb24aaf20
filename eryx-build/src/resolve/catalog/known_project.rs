//! A project that an index has.

use std::sync::{Arc, OnceLock};

use crate::index::Project;

/// A project, and the selected file of each of its versions.
pub(in crate::resolve) struct KnownProject {
    pub(in crate::resolve) project: Arc<Project>,
    /// The selected files, in the order of the releases.
    pub(super) taken: Vec<OnceLock<Option<SelectedFile>>>,
}

/// The selected file of a version.
#[derive(Clone, Copy)]
pub(super) struct SelectedFile {
    pub(super) file: usize,
    pub(super) is_wheel: bool,
    pub(super) yanked: bool,
}
