//! Sdists that are built while versions are looked for: some tell only then what they need.

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
    /// Builds an sdist, unless that was done already, or another version of the project could not be built.
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

    /// The wheel that was built of that version.
    pub(in crate::resolve) fn built(&self, name: &PackageName, version: &Version) -> Option<Arc<Wheel>> {
        lock(&self.sources).built.get(&(name.clone(), version.clone())).cloned()
    }

    /// The version of the project that could not be built, and why.
    pub(in crate::resolve) fn build_failure(&self, name: &PackageName) -> Option<(Version, String)> {
        lock(&self.sources).failed.get(name).cloned()
    }

    /// Forgets what a version needs, as it is known better now.
    pub(in crate::resolve) fn learn(
        &self,
        name: &PackageName,
        version: &Version,
        needs: Arc<DistributionNeeds>,
    ) {
        lock(&self.needs).insert((name.clone(), version.clone()), Arc::new(Mutex::new(Some(Ok(needs)))));
    }

    /// Notes that what was built of a version is of no use.
    pub(in crate::resolve) fn cannot_build(&self, name: &PackageName, version: &Version, reason: String) {
        let mut sources = lock(&self.sources);
        sources.built.remove(&(name.clone(), version.clone()));
        sources.failed.insert(name.clone(), (version.clone(), reason));
    }
}
