//! Selects versions and files of projects.

use pep440_rs::Version;
use pep508_rs::PackageName;

use super::known_project::{KnownProject, SelectedFile};
use super::selected_version::SelectedVersion;
use super::{Catalog, lock};
use crate::error::{Error, Result};
use crate::resolve::candidate::{Candidate, FileRefusal};
use crate::resolve::ranges::{self, VersionRange};

impl Catalog<'_> {
    /// Returns the version to try in a range: the preferred one, else the newest one with a usable file.
    pub(in crate::resolve) fn choose(
        &self,
        name: &PackageName,
        range: &VersionRange,
    ) -> Result<Option<SelectedVersion>> {
        let Some(known) = self.project(name)? else { return Ok(None) };
        let can_build = !lock(&self.sources).failed.contains_key(name);
        let at = |index: usize| {
            let taken = self.taken(name, &known, index)?;
            (taken.is_wheel || can_build).then_some(taken)
        };
        let choice = |index: usize, taken: SelectedFile| SelectedVersion {
            version: known.project.releases[index].version.clone(),
            file: known.project.releases[index].files[taken.file].clone(),
            is_wheel: taken.is_wheel,
        };
        if let Some(preferred) = self.preferences.get(name).filter(|pin| range.contains(&pin.version))
            && let Some(index) =
                known.project.releases.iter().position(|one| one.version == preferred.version)
            && let Some(taken) = at(index)
        {
            return Ok(Some(choice(index, taken)));
        }
        let exact = ranges::exact(range).is_some();
        let fits = |version: &Version| range.contains(version);
        let stable = self.pass(&known, &fits, exact, &at, &|version| {
            !version.any_prerelease() || ranges::asks_for_prerelease(range, version)
        });
        let found = if self.all_prereleases || self.prereleases.contains(name) {
            self.pass(&known, &fits, exact, &at, &|_| true)
        } else if stable.is_some() {
            stable
        } else if self.only_prereleases(&known, &at) {
            self.pass(&known, &fits, exact, &at, &|_| true)
        } else {
            None
        };
        Ok(found.map(|(index, taken)| choice(index, taken)))
    }

    /// Returns the newest version that passes all tests.
    #[allow(clippy::unused_self)]
    fn pass(
        &self,
        known: &KnownProject,
        fits: &dyn Fn(&Version) -> bool,
        exact: bool,
        at: &dyn Fn(usize) -> Option<SelectedFile>,
        allowed: &dyn Fn(&Version) -> bool,
    ) -> Option<(usize, SelectedFile)> {
        known.project.releases.iter().enumerate().find_map(|(index, release)| {
            if !fits(&release.version) || !allowed(&release.version) {
                return None;
            }
            let taken = at(index)?;
            (exact || !taken.yanked).then_some((index, taken))
        })
    }

    /// Whether a project has no usable final version, so that its pre-releases are eligible.
    #[allow(clippy::unused_self)]
    fn only_prereleases(&self, known: &KnownProject, at: &dyn Fn(usize) -> Option<SelectedFile>) -> bool {
        let mut finals =
            known.project.releases.iter().enumerate().filter(|(_, one)| !one.version.any_prerelease());
        !finals.any(|(index, _)| at(index).is_some_and(|taken| !taken.yanked))
    }

    pub(super) fn taken(
        &self,
        name: &PackageName,
        known: &KnownProject,
        index: usize,
    ) -> Option<SelectedFile> {
        *known.taken[index].get_or_init(|| {
            let release = &known.project.releases[index];
            let candidate = self.candidate(name, known, index);
            let file = candidate.file()?;
            Some(SelectedFile {
                file: release.files.iter().position(|one| std::ptr::eq(one, file))?,
                is_wheel: candidate.wheel.is_some(),
                yanked: file.yanked.is_some(),
            })
        })
    }

    /// Returns the candidate of one version, with all its files.
    pub(in crate::resolve) fn candidate<'k>(
        &self,
        name: &PackageName,
        known: &'k KnownProject,
        index: usize,
    ) -> Candidate<'k> {
        let release = &known.project.releases[index];
        let preferred = self.preferences.get(name).filter(|pin| pin.version == release.version);
        let kept = preferred.and_then(|pin| Some(pin.source.file()?.sha256.as_str()));
        Candidate::new(release, self.cutoff.as_ref(), kept)
    }

    /// Returns the candidate of a version that the solver chose.
    pub(in crate::resolve) fn chosen(
        &self,
        name: &PackageName,
        version: &Version,
    ) -> Result<SelectedVersion> {
        let gone = || Error::new(format!("{name} {version} is gone"));
        let known = self.project(name)?.ok_or_else(gone)?;
        let index = known.project.releases.iter().position(|one| one.version == *version).ok_or_else(gone)?;
        let taken = self.taken(name, &known, index).ok_or_else(gone)?;
        Ok(SelectedVersion {
            version: known.project.releases[index].version.clone(),
            file: known.project.releases[index].files[taken.file].clone(),
            is_wheel: taken.is_wheel,
        })
    }

    /// Returns the newest version in a range that has a usable file, ignoring all other restrictions. For help texts.
    pub(in crate::resolve) fn newest(&self, name: &PackageName, range: &VersionRange) -> Option<Version> {
        self.choose(name, range).ok().flatten().map(|choice| choice.version)
    }

    /// Returns the reasons why the files of a version are refused.
    pub(in crate::resolve) fn refused(
        &self,
        name: &PackageName,
        version: &Version,
    ) -> Vec<(String, FileRefusal)> {
        let Ok(Some(known)) = self.project(name) else { return Vec::new() };
        let Some(index) = known.project.releases.iter().position(|one| one.version == *version) else {
            return Vec::new();
        };
        let candidate = self.candidate(name, &known, index);
        candidate.refused.into_iter().map(|(file, unfit)| (file.filename.clone(), unfit)).collect()
    }

    /// Whether a version has a usable file.
    pub(in crate::resolve) fn candidate_is_usable(&self, name: &PackageName, version: &Version) -> bool {
        let Ok(Some(known)) = self.project(name) else { return false };
        let index = known.project.releases.iter().position(|one| one.version == *version);
        let taken = index.and_then(|index| self.taken(name, &known, index));
        taken.is_some_and(|taken| taken.is_wheel || self.build_failure(name).is_none())
    }

    /// Whether a version has an sdist but no wheel.
    pub(in crate::resolve) fn is_source_only(&self, name: &PackageName, version: &Version) -> bool {
        let Ok(Some(known)) = self.project(name) else { return false };
        let index = known.project.releases.iter().position(|one| one.version == *version);
        index.and_then(|index| self.taken(name, &known, index)).is_some_and(|taken| !taken.is_wheel)
    }
}
