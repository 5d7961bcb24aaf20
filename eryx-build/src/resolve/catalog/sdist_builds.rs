//! Results of building sdists.

use std::collections::HashMap;
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;

use crate::wheel::Wheel;

/// Results of building sdists.
#[derive(Default)]
pub(super) struct SdistBuilds {
    pub(super) built: HashMap<(PackageName, Version), Arc<Wheel>>,
    /// For each project, the first version that failed to build, and the reason.
    pub(super) failed: HashMap<PackageName, (Version, String)>,
}
