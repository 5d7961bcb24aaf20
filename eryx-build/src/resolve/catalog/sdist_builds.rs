//! What became of building sdists.

use std::collections::HashMap;
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;

use crate::wheel::Wheel;

/// What became of building sdists.
#[derive(Default)]
pub(super) struct SdistBuilds {
    pub(super) built: HashMap<(PackageName, Version), Arc<Wheel>>,
    /// The first version of a project that could not be built, and why.
    pub(super) failed: HashMap<PackageName, (Version, String)>,
}
