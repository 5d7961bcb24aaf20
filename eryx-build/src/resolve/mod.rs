//! **resolve**: from what is declared to exactly which files are installed.
//!
//! The algorithm is PubGrub; its questions are answered from what the indexes have. Whether a file can be used is part
//! of the question: a version without a usable one is as good as not there, so the newest *usable* version wins.
//! Wheels go before sdists, which must be built to be of use; see [`SourceBuilder`].
//!
//! There is one environment, the guest, so markers are decided here, and nothing after this step knows of them.

mod build;
mod candidate;
mod catalog;
mod check;
mod direct;
mod explain;
#[cfg(fuzzing)]
pub mod fuzzing;
mod needs;
mod pin;
mod pins;
mod ranges;
mod requirement;
mod sdist;
mod solver;
#[cfg(test)]
pub(crate) mod testing;

use std::collections::HashMap;
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;
use pubgrub::PubGrubError;

pub use self::build::{SourceBuilder, SourceTree};
use self::catalog::{Catalog, Rules};
pub use self::check::{Stale, check};
use self::needs::Needs;
pub use self::pin::{Dependency, File, Pin, Source};
use self::ranges::Range;
use self::requirement::{Requirement, What};
use self::solver::{Package, Solver, Wish};
use crate::bounds;
use crate::context::Context;
use crate::declare::Spec;
use crate::error::{Error, Result};
use crate::parallel;

/// Decides which files the declaration stands for: what is declared, in that order, then what that needs, by name.
/// `preferences` are the pins of an earlier time, which are kept where they still fit.
///
/// # Errors
/// When an item of `packages` is not a requirement, when no versions fit together, or an index cannot be asked. The
/// error's [`blamed`](Error::blamed) is the item.
pub fn resolve(
    spec: &Spec,
    preferences: &[Pin],
    builder: &dyn SourceBuilder,
    context: &Context,
) -> Result<Vec<Pin>> {
    let context = &context.for_spec(spec);
    let items = items(spec)?;
    let constraints = constraints(spec)?;

    // What has a place of its own is looked at first: only then is its name known.
    let opened = parallel::map(&items, |(index, item)| {
        direct::open(&item.what, item.name.as_ref(), builder, context)
            .map_err(|error| spec.placed(error, "packages", Some(*index)))
    })?;
    let mut declared: HashMap<PackageName, usize> = HashMap::new();
    let mut places: HashMap<PackageName, (usize, direct::Direct)> = HashMap::new();
    let mut wishes: Vec<Wish> = Vec::new();
    let mut prereleases: Vec<PackageName> = Vec::new();
    for ((index, item), opened) in items.iter().zip(opened) {
        let (name, range) = match (opened, &item.name, &item.what) {
            (Some((name, direct)), _, _) => {
                if let Some((first, _)) = places.get(&name) {
                    let (one, other) = (&spec.packages[*first], &spec.packages[*index]);
                    let error = Error::new(format!("{name} is declared twice: as `{one}` and as `{other}`"))
                        .help("keep one");
                    return Err(spec.placed(error, "packages", Some(*index)));
                }
                places.insert(name.clone(), (*index, direct));
                (name, Range::full())
            }
            (None, Some(name), What::Versions(specifiers)) => {
                if specifiers.iter().any(pep440_rs::VersionSpecifier::any_prerelease) {
                    prereleases.push(name.clone());
                }
                (name.clone(), ranges::of_specifiers(specifiers))
            }
            (None, _, _) => unreachable!("what has no place has a name"),
        };
        declared.entry(name.clone()).or_insert(*index);
        wishes.push(Wish { name, extras: item.extras.clone(), range });
    }

    let rules = Rules {
        all_prereleases: spec.prereleases,
        prereleases,
        direct: places.into_iter().map(|(name, (_, direct))| (name, direct)).collect(),
        preferences,
    };
    let catalog = Catalog::new(rules, builder, context)?;
    let solution = catalog.with_helpers(|| solve(&catalog, &wishes, &constraints));
    let solution = solution.map_err(|error| match *error {
        Unsolved::Conflict(tree) => explain::failure(&tree, &catalog, &wishes, &constraints, &declared, spec),
        Unsolved::Error(error, name) => match name.and_then(|name| declared.get(&name)) {
            Some(index) => spec.placed(error, "packages", Some(*index)),
            None => error,
        },
    })?;
    pins::of_solution(&solution, &catalog, &declared)
}

/// Checks that an item names a project, with versions, extras and a marker if it wants, and is not the place of something:
/// no path, no URL. Nothing but the text is looked at.
///
/// # Errors
/// When it is no requirement (PEP 508), or a place.
///
/// ```
/// use eryx_build::resolve::check_named;
/// assert!(check_named("flask[async]>=3 ; python_version > '3'").is_ok());
/// for place in ["/etc/passwd", "./flask", "flask @ https://files.test/flask-3.tar.gz", "flask-3-py3-none-any.whl"] {
///     assert!(check_named(place).is_err());
/// }
/// ```
pub fn check_named(text: &str) -> Result<()> {
    Requirement::check_named(text)
}

/// The items of `packages` that count in the guest.
fn items(spec: &Spec) -> Result<Vec<(usize, Requirement)>> {
    let mut items = Vec::new();
    for (index, text) in spec.packages.iter().enumerate() {
        let item = Requirement::parse(text, &spec.base_dir)
            .map_err(|error| spec.placed(error, "packages", Some(index)))?;
        items.extend(item.map(|item| (index, item)));
    }
    Ok(items)
}

/// The versions that `constraints` leave, by project.
fn constraints(spec: &Spec) -> Result<HashMap<PackageName, Range>> {
    let mut all: HashMap<PackageName, Range> = HashMap::new();
    for (index, text) in spec.constraints.iter().enumerate() {
        let constraint = Requirement::parse_constraint(text)
            .map_err(|error| spec.placed(error, "constraints", Some(index)))?;
        if let Some((name, specifiers)) = constraint {
            let range = ranges::of_specifiers(&specifiers);
            let entry = all.entry(name).or_insert_with(Range::full);
            *entry = entry.intersection(&range);
        }
    }
    Ok(all)
}

/// Why there is no solution.
enum Unsolved {
    Conflict(explain::Tree),
    /// Something could not be found out, about that project.
    Error(Error, Option<PackageName>),
}

impl From<solver::Failure<'_, '_>> for Unsolved {
    fn from(failure: solver::Failure<'_, '_>) -> Self {
        match failure {
            PubGrubError::NoSolution(tree) => Self::Conflict(tree),
            PubGrubError::ErrorRetrievingDependencies { source, package, .. }
            | PubGrubError::ErrorChoosingVersion { source, package } => {
                Self::Error(source, package.name().cloned())
            }
            PubGrubError::ErrorInShouldCancel(source) => Self::Error(source, None),
        }
    }
}

/// Solves, and builds the sdists that were chosen: only then is it known that they can be used. When one cannot, or
/// needs something else than it said, all begins anew with that knowledge.
fn solve(
    catalog: &Catalog<'_>,
    wishes: &[Wish],
    constraints: &HashMap<PackageName, Range>,
) -> Result<HashMap<Package, Version>, Box<Unsolved>> {
    for _ in 0..bounds::ROUNDS {
        let solution = match Solver::new(catalog, wishes, constraints).solve() {
            Ok(solution) => solution,
            Err(failure) => return Err(Box::new(Unsolved::from(*failure))),
        };
        if build_chosen(catalog, &solution).map_err(|error| Unsolved::Error(error, None))? {
            return Ok(solution);
        }
    }
    let error = Error::new(format!(
        "{} sdists need something else when they are built than they said before",
        bounds::ROUNDS
    ));
    Err(Box::new(Unsolved::Error(error.help("pin versions of them that have wheels"), None)))
}

/// Builds the sdists among the chosen files. Says whether the solution still stands.
fn build_chosen(catalog: &Catalog<'_>, solution: &HashMap<Package, Version>) -> Result<bool> {
    let mut chosen: Vec<(&PackageName, &Version)> = solution
        .iter()
        .filter_map(|(package, version)| match package {
            Package::Project(name) if !catalog.direct.contains_key(name) => Some((name, version)),
            _ => None,
        })
        .collect();
    chosen.sort();
    let mut stands = true;
    for (name, version) in chosen {
        let choice = catalog.chosen(name, version)?;
        if choice.is_wheel || catalog.built(name, version).is_some() {
            continue;
        }
        let promised = catalog.needs(name, version)?;
        match catalog.build(name, &choice)? {
            Ok(wheel) => match Needs::of(&wheel.metadata, name, version) {
                Ok(needs) if promised.as_deref() == Ok(&needs) => {}
                Ok(needs) => {
                    catalog.learn(name, version, Arc::new(needs));
                    stands = false;
                }
                Err(reason) => {
                    catalog.cannot_build(name, version, reason);
                    stands = false;
                }
            },
            Err(_) => stands = false,
        }
    }
    Ok(stands)
}

#[cfg(test)]
mod tests;
