//! Known projects and versions. The first question about a project or version gets the answer from an index or a file;
//! later questions reuse it. [`Catalog::ask_ahead`] lets other threads ask in advance.

mod build;
mod known_project;
mod metadata;
mod prefetch;
mod queue;
mod sdist_builds;
mod select;
mod selected_version;

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use pep440_rs::Version;
use pep508_rs::PackageName;

use self::known_project::KnownProject;
use self::queue::PrefetchQueue;
use self::sdist_builds::SdistBuilds;
use super::direct::DirectDistribution;
use super::needs::DistributionNeeds;
use super::ranges::{self, VersionRange};
use crate::bounds;
use crate::context::BuildContext;
use crate::error::{Error, Result};
use crate::index::{Client, UploadCutoff};
use crate::pin::Pin;
use crate::sdist::SourceBuilder;

/// The known projects and versions.
pub(super) struct Catalog<'c> {
    pub(super) context: &'c BuildContext,
    pub(super) builder: &'c dyn SourceBuilder,
    cutoff: Option<UploadCutoff>,
    /// Projects whose pre-releases are eligible: all or some.
    all_prereleases: bool,
    prereleases: Vec<PackageName>,
    /// Distributions from a path or URL.
    pub(super) direct: HashMap<PackageName, DirectDistribution>,
    preferences: HashMap<PackageName, &'c Pin>,
    client: OnceLock<Arc<Client>>,
    projects: Mutex<HashMap<PackageName, Option<Arc<KnownProject>>>>,
    needs: Mutex<HashMap<(PackageName, Version), NeedsSlot>>,
    sources: Mutex<SdistBuilds>,
    queue: Mutex<PrefetchQueue>,
    changed: Condvar,
}

/// The requirements of a version, once they are known. Concurrent questions wait.
type NeedsSlot = Arc<Mutex<Option<Result<Arc<DistributionNeeds>, String>>>>;

/// The declaration's pre-releases and direct distributions, and earlier pins, for building a [`Catalog`].
pub(super) struct SelectionRules<'c> {
    pub(super) all_prereleases: bool,
    pub(super) prereleases: Vec<PackageName>,
    pub(super) direct: HashMap<PackageName, DirectDistribution>,
    pub(super) preferences: &'c [Pin],
}

impl<'c> Catalog<'c> {
    pub(super) fn new(
        rules: SelectionRules<'c>,
        builder: &'c dyn SourceBuilder,
        context: &'c BuildContext,
    ) -> Result<Self> {
        Ok(Self {
            context,
            builder,
            cutoff: context.newest_upload()?.map(|(cutoff, _)| cutoff),
            all_prereleases: rules.all_prereleases,
            prereleases: rules.prereleases,
            direct: rules.direct,
            preferences: rules.preferences.iter().map(|pin| (pin.name.clone(), pin)).collect(),
            client: OnceLock::new(),
            projects: Mutex::default(),
            needs: Mutex::default(),
            sources: Mutex::default(),
            queue: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    pub(super) fn client(&self) -> Result<Arc<Client>> {
        if let Some(client) = self.client.get() {
            return Ok(Arc::clone(client));
        }
        let client = self.context.client()?;
        Ok(Arc::clone(self.client.get_or_init(|| client)))
    }

    /// Returns the project, if an index or `find-links` has it.
    pub(super) fn project(&self, name: &PackageName) -> Result<Option<Arc<KnownProject>>> {
        if let Some(known) = lock(&self.projects).get(name) {
            return Ok(known.clone());
        }
        if lock(&self.projects).len() >= bounds::PROJECTS {
            return Err(Error::new(format!(
                "the declared packages need more than {} projects",
                bounds::PROJECTS
            ))
            .help("check the index and the declared packages: real projects need far fewer"));
        }
        let known = self.client()?.project(name)?.map(|project| {
            let taken = project.releases.iter().map(|_| OnceLock::new()).collect();
            Arc::new(KnownProject { project, taken })
        });
        // If two threads insert the same project, the first one stays.
        Ok(lock(&self.projects).entry(name.clone()).or_insert(known).clone())
    }

    /// Returns the known versions of a distribution, oldest first.
    pub(super) fn versions(&self, name: &PackageName) -> Vec<Version> {
        if let Some(direct) = self.direct.get(name) {
            return vec![direct.version.clone()];
        }
        let known = lock(&self.projects).get(name).cloned().flatten();
        known.map_or_else(Vec::new, |known| {
            known.project.releases.iter().rev().map(|release| release.version.clone()).collect()
        })
    }

    /// Returns the eligible versions: pre-releases only if they are requested, or if the project has no final version.
    pub(super) fn eligible(&self, name: &PackageName, asked: &[&VersionRange]) -> Vec<Version> {
        let all = self.versions(name);
        let every = self.all_prereleases
            || self.prereleases.contains(name)
            || all.iter().all(Version::any_prerelease);
        let fits = |version: &Version| {
            every
                || !version.any_prerelease()
                || asked.iter().any(|range| ranges::asks_for_prerelease(range, version))
        };
        all.into_iter().filter(fits).collect()
    }

    /// Whether the project is known to be missing everywhere.
    pub(super) fn is_missing(&self, name: &PackageName) -> bool {
        matches!(lock(&self.projects).get(name), Some(None))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
