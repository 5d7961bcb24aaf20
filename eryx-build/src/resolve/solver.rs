//! Answers the questions of the algorithm (PubGrub) while it searches for versions that fit together.
//!
//! A distribution with an extra is a separate package. It depends on the distribution at the same version, and on the
//! requirements of the extra.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::time::Instant;

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName, VersionOrUrl};
use pubgrub::{Dependencies, DependencyProvider, PackageResolutionStatistics, Ranges};

use super::catalog::Catalog;
use super::needs::MetadataRequirement;
use super::ranges::{self, VersionRange};
use crate::bounds;
use crate::error::{Error, Result};
use crate::pin::PinSource;

/// After this number of conflicts, a package is decided before others, because the solution depends on it.
const TROUBLE: u32 = 5;

/// A package of the algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum SolverPackage {
    /// The declaration.
    Root,
    /// A distribution.
    Project(PackageName),
    /// The requirements that an extra adds.
    Extra(PackageName, ExtraName),
}

impl SolverPackage {
    pub(super) fn name(&self) -> Option<&PackageName> {
        match self {
            Self::Root => None,
            Self::Project(name) | Self::Extra(name, _) => Some(name),
        }
    }
}

impl fmt::Display for SolverPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("you"),
            Self::Project(name) => write!(f, "{name}"),
            Self::Extra(name, extra) => write!(f, "{name}[{extra}]"),
        }
    }
}

/// One requirement of the declaration.
#[derive(Debug, Clone)]
pub(super) struct DeclaredRequirement {
    pub(super) name: PackageName,
    pub(super) extras: Vec<ExtraName>,
    pub(super) range: VersionRange,
}

/// The provider of dependencies for the algorithm.
pub(super) struct Solver<'s, 'c> {
    catalog: &'s Catalog<'c>,
    wishes: &'s [DeclaredRequirement],
    constraints: &'s HashMap<PackageName, VersionRange>,
    /// The order in which packages first appeared. Earlier ones are decided first.
    order: RefCell<HashMap<SolverPackage, usize>>,
    /// The version that was tried last, so that its extras try the same version.
    tried: RefCell<HashMap<PackageName, Version>>,
    /// The number of steps, and the start time.
    steps: Cell<u32>,
    begun: Instant,
}

/// The reason why the search ended.
pub(super) type SolverError<'s, 'c> = pubgrub::PubGrubError<Solver<'s, 'c>>;

impl<'s, 'c> Solver<'s, 'c> {
    pub(super) fn new(
        catalog: &'s Catalog<'c>,
        wishes: &'s [DeclaredRequirement],
        constraints: &'s HashMap<PackageName, VersionRange>,
    ) -> Self {
        Self {
            catalog,
            wishes,
            constraints,
            order: RefCell::default(),
            tried: RefCell::default(),
            steps: Cell::new(0),
            begun: Instant::now(),
        }
    }

    /// Finds a version for each needed package.
    pub(super) fn solve(&self) -> Result<HashMap<SolverPackage, Version>, Box<SolverError<'s, 'c>>>
    where
        Self: Sized,
    {
        let solution = pubgrub::resolve(self, SolverPackage::Root, root_version()).map_err(Box::new)?;
        Ok(solution.into_iter().filter(|(package, _)| *package != SolverPackage::Root).collect())
    }

    fn constrained(&self, name: &PackageName, range: VersionRange) -> VersionRange {
        match self.constraints.get(name) {
            Some(constraint) => range.intersection(constraint),
            None => range,
        }
    }

    /// Converts a distribution in a range of versions, with extras, to packages.
    fn packages(
        &self,
        name: &PackageName,
        extras: &[ExtraName],
        range: VersionRange,
    ) -> Vec<(SolverPackage, VersionRange)> {
        let range = self.constrained(name, range);
        self.catalog.ask_ahead(name, &range, extras);
        let with_extra =
            |extra: &ExtraName| (SolverPackage::Extra(name.clone(), extra.clone()), range.clone());
        let packages: Vec<_> = std::iter::once((SolverPackage::Project(name.clone()), range.clone()))
            .chain(extras.iter().map(with_extra))
            .collect();
        let mut order = self.order.borrow_mut();
        for (package, _) in &packages {
            let next = order.len();
            order.entry(package.clone()).or_insert(next);
        }
        packages
    }

    /// Returns the dependencies that one line of metadata adds to `owner`, or the reason why they are not available.
    fn line(
        &self,
        owner: &PackageName,
        version: &Version,
        line: &MetadataRequirement,
    ) -> Result<Vec<(SolverPackage, VersionRange)>, String> {
        let range = match &line.version_or_url {
            None => VersionRange::full(),
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => ranges::of_specifiers(specifiers),
            Some(VersionOrUrl::Url(url)) => {
                let direct = self.catalog.direct.get(&line.name).map(|direct| &direct.source);
                let is_same = matches!(direct, Some(PinSource::Url(given, _)) if same_place(given, url));
                if !is_same {
                    let shown = crate::index::url::redacted(url);
                    return Err(format!(
                        "it needs {} from {shown}, but URLs are only allowed in `packages`",
                        line.name
                    ));
                }
                VersionRange::full()
            }
        };
        if line.name == *owner {
            if !range.contains(version) {
                return Err(format!("it needs another version of itself: {}", ranges::words(&range)));
            }
            let own = |extra: &ExtraName| {
                (SolverPackage::Extra(owner.clone(), extra.clone()), VersionRange::singleton(version.clone()))
            };
            return Ok(line.extras.iter().map(own).collect());
        }
        Ok(self.packages(&line.name, &line.extras, range))
    }

    fn dependencies(
        &self,
        package: &SolverPackage,
        version: &Version,
    ) -> Result<Result<Vec<(SolverPackage, VersionRange)>, String>> {
        let (name, extra) = match package {
            SolverPackage::Root => {
                let all = self.wishes.iter();
                let all = all.flat_map(|wish| self.packages(&wish.name, &wish.extras, wish.range.clone()));
                return Ok(Ok(all.collect()));
            }
            SolverPackage::Project(name) => (name, None),
            SolverPackage::Extra(name, extra) => (name, Some(extra)),
        };
        let needs = match self.catalog.needs(name, version)? {
            Ok(needs) => needs,
            Err(reason) => return Ok(Err(reason)),
        };
        let mut all = Vec::new();
        if extra.is_some() {
            all.push((SolverPackage::Project(name.clone()), VersionRange::singleton(version.clone())));
        }
        for line in needs.lines(extra) {
            match self.line(name, version, line) {
                // An extra that requires itself adds no requirement.
                Ok(more) => all.extend(more.into_iter().filter(|(dependency, _)| dependency != package)),
                Err(reason) => return Ok(Err(reason)),
            }
        }
        Ok(Ok(all))
    }
}

/// Whether two URLs are equal except for a hash at the end.
fn same_place(one: &url::Url, other: &url::Url) -> bool {
    let plain = |url: &url::Url| {
        let mut url = url.clone();
        url.set_fragment(None);
        url
    };
    plain(one) == plain(other)
}

fn root_version() -> Version {
    Version::new([0])
}

impl DependencyProvider for Solver<'_, '_> {
    type P = SolverPackage;
    type V = Version;
    type VS = Ranges<Version>;
    type M = String;
    type Priority = (u8, u32, Reverse<usize>);
    type Err = Error;

    fn should_cancel(&self) -> Result<()> {
        self.steps.set(self.steps.get() + 1);
        let what = if self.steps.get() > bounds::STEPS {
            format!("{} steps", bounds::STEPS)
        } else if self.begun.elapsed() > bounds::RESOLVE {
            format!("{} minutes", bounds::RESOLVE.as_secs() / 60)
        } else {
            return Ok(());
        };
        Err(Error::new(format!("no versions that fit together were found in {what}"))
            .help("narrow `packages`: give the projects that matter a version, as in \"numpy~=2.0\""))
    }

    fn prioritize(
        &self,
        package: &SolverPackage,
        range: &VersionRange,
        statistics: &PackageResolutionStatistics,
    ) -> Self::Priority {
        let order = Reverse(self.order.borrow().get(package).copied().unwrap_or(usize::MAX));
        let Some(name) = package.name() else { return (4, 0, order) };
        let trouble = statistics.conflict_count();
        if self.catalog.direct.contains_key(name) {
            (3, 0, order)
        } else if trouble >= TROUBLE {
            (2, trouble, order)
        } else if ranges::exact(range).is_some() {
            (1, 0, order)
        } else {
            (0, 0, order)
        }
    }

    fn choose_version(&self, package: &SolverPackage, range: &VersionRange) -> Result<Option<Version>> {
        let Some(name) = package.name() else { return Ok(Some(root_version())) };
        if let Some(direct) = self.catalog.direct.get(name) {
            return Ok(Some(direct.version.clone()).filter(|version| range.contains(version)));
        }
        if matches!(package, SolverPackage::Extra(..))
            && let Some(version) = self.tried.borrow().get(name)
            && range.contains(version)
        {
            return Ok(Some(version.clone()));
        }
        let version = self.catalog.choose(name, range)?.map(|choice| choice.version);
        if let (SolverPackage::Project(_), Some(version)) = (package, &version) {
            self.tried.borrow_mut().insert(name.clone(), version.clone());
            self.catalog.tried(name, version, range)?;
        }
        Ok(version)
    }

    fn get_dependencies(
        &self,
        package: &SolverPackage,
        version: &Version,
    ) -> Result<Dependencies<SolverPackage, VersionRange, String>> {
        Ok(match self.dependencies(package, version)? {
            Ok(all) => Dependencies::Available(all.into_iter().collect()),
            Err(reason) => Dependencies::Unavailable(reason),
        })
    }
}
