//! Builds sdists during the resolution, because only a build can give some sdists' requirements.

use std::sync::{Arc, Mutex};

use pep440_rs::Version;
use pep508_rs::PackageName;

use super::selected_version::SelectedVersion;
use super::{Catalog, lock};
use crate::error::{Error, Result};
use crate::resolve::needs::DistributionNeeds;
use crate::sdist::SourceTree;
use crate::wheel::Wheel;

impl Catalog<'_> {
    /// Builds an sdist, unless it is already built, or another version of the project failed to build.
    pub(in crate::resolve) fn build(
        &self,
        name: &PackageName,
        choice: &SelectedVersion,
    ) -> Result<Result<Arc<Wheel>, String>> {
        if let Some(wheel) = self.built(name, &choice.version) {
            return Ok(Ok(wheel));
        }
        if let Some((version, reason)) = lock(&self.sources).failed.get(name) {
            return Ok(Err(format!("its version {version} cannot be built: {reason}")));
        }
        let (path, sha256) = match self.sdist_file(&choice.file)? {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        let source = SourceTree::Sdist { path: &path, filename: &choice.file.filename, sha256: &sha256 };
        let built = self.builder.build(source).and_then(|wheel| {
            if wheel.name() == name && *wheel.version() == choice.version {
                return Ok(wheel);
            }
            Err(Error::new(format!("it gives a wheel of {} {}", wheel.name(), wheel.version())))
        });
        match built {
            Ok(wheel) => {
                let wheel = Arc::new(wheel);
                lock(&self.sources).built.insert((name.clone(), choice.version.clone()), Arc::clone(&wheel));
                Ok(Ok(wheel))
            }
            Err(error) => {
                let reason = error.whole();
                tracing::debug!(%name, version = %choice.version, reason, "cannot be built");
                lock(&self.sources).failed.insert(name.clone(), (choice.version.clone(), reason.clone()));
                Ok(Err(reason))
            }
        }
    }

    /// Returns the wheel that was built from that version.
    pub(in crate::resolve) fn built(&self, name: &PackageName, version: &Version) -> Option<Arc<Wheel>> {
        lock(&self.sources).built.get(&(name.clone(), version.clone())).cloned()
    }

    /// Returns the version of the project that failed to build, and the reason.
    pub(in crate::resolve) fn build_failure(&self, name: &PackageName) -> Option<(Version, String)> {
        lock(&self.sources).failed.get(name).cloned()
    }

    /// Replaces the requirements of a version by those of its built wheel.
    pub(in crate::resolve) fn learn(
        &self,
        name: &PackageName,
        version: &Version,
        needs: Arc<DistributionNeeds>,
    ) {
        lock(&self.needs).insert((name.clone(), version.clone()), Arc::new(Mutex::new(Some(Ok(needs)))));
    }

    /// Records that the wheel built from a version is unusable.
    pub(in crate::resolve) fn cannot_build(&self, name: &PackageName, version: &Version, reason: String) {
        let mut sources = lock(&self.sources);
        sources.built.remove(&(name.clone(), version.clone()));
        sources.failed.insert(name.clone(), (version.clone(), reason));
    }
}
