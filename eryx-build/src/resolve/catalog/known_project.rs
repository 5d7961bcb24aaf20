//! A project that an index has.

use std::sync::{Arc, OnceLock};

use crate::index::Project;

/// A project, and which file of each of its versions is taken.
pub(in crate::resolve) struct KnownProject {
    pub(in crate::resolve) project: Arc<Project>,
    /// Beside the releases.
    pub(super) taken: Vec<OnceLock<Option<SelectedFile>>>,
}

/// The file that is taken of a version.
#[derive(Clone, Copy)]
pub(super) struct SelectedFile {
    pub(super) file: usize,
    pub(super) is_wheel: bool,
    pub(super) yanked: bool,
}
