//! **resolve**: from the declaration to the exact files to install.
//!
//! The algorithm is PubGrub, with data from the indexes. A version without a usable file does not exist for the
//! algorithm, so the newest *usable* version wins. Wheels precede sdists, which must be built first; see
//! [`SourceBuilder`].
//!
//! The guest is the only environment, so this step evaluates all markers, and later steps do not see them.

mod candidate;
mod catalog;
mod check;
mod direct;
mod explain;
#[cfg(fuzzing)]
pub mod fuzzing;
mod items;
mod local_file;
mod needs;
mod pins;
mod ranges;
mod requirement;
mod solution;
mod solver;
#[cfg(test)]
pub(crate) mod testing;

use std::collections::HashMap;

use pep508_rs::PackageName;

use self::catalog::{Catalog, SelectionRules};
pub use self::check::{StalePins, check};
use self::direct::DirectDistribution;
use self::items::{constraints, items};
use self::ranges::VersionRange;
use self::requirement::{Requirement, RequirementTarget};
use self::solution::{ResolutionFailure, solve};
use self::solver::DeclaredRequirement;
use crate::context::BuildContext;
use crate::declare::Spec;
use crate::error::{Error, Result};
use crate::parallel;
use crate::pin::Pin;
use crate::sdist::SourceBuilder;

/// Resolves the declaration to pins: declared distributions first, in that order, then their dependencies by name.
/// `preferences` are earlier pins, which are kept where they still fit.
///
/// # Errors
/// When an item of `packages` is not a requirement, when no versions fit together, or an index cannot be asked. The
/// error's [`blamed`](Error::blamed) is the item.
pub fn resolve(
    spec: &Spec,
    preferences: &[Pin],
    builder: &dyn SourceBuilder,
    context: &BuildContext,
) -> Result<Vec<Pin>> {
    let context = &context.for_spec(spec);
    let items = items(spec)?;
    let constraints = constraints(spec)?;

    // Items with a path or URL are opened first, because their names are not known before.
    let opened = parallel::map(&items, |(index, item)| {
        direct::open(&item.what, item.name.as_ref(), builder, context)
            .map_err(|error| spec.placed(error, "packages", Some(*index)))
    })?;
    let mut declared: HashMap<PackageName, usize> = HashMap::new();
    let mut places: HashMap<PackageName, (usize, DirectDistribution)> = HashMap::new();
    let mut wishes: Vec<DeclaredRequirement> = Vec::new();
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
                (name, VersionRange::full())
            }
            (None, Some(name), RequirementTarget::Versions(specifiers)) => {
                if specifiers.iter().any(pep440_rs::VersionSpecifier::any_prerelease) {
                    prereleases.push(name.clone());
                }
                (name.clone(), ranges::of_specifiers(specifiers))
            }
            (None, _, _) => unreachable!("an item without a place has a name"),
        };
        declared.entry(name.clone()).or_insert(*index);
        wishes.push(DeclaredRequirement { name, extras: item.extras.clone(), range });
    }

    let rules = SelectionRules {
        all_prereleases: spec.prereleases,
        prereleases,
        direct: places.into_iter().map(|(name, (_, direct))| (name, direct)).collect(),
        preferences,
    };
    let catalog = Catalog::new(rules, builder, context)?;
    let solution = catalog.with_helpers(|| solve(&catalog, &wishes, &constraints));
    let solution = solution.map_err(|error| match *error {
        ResolutionFailure::Conflict(tree) => {
            explain::failure(&tree, &catalog, &wishes, &constraints, &declared, spec)
        }
        ResolutionFailure::Error(error, name) => match name.and_then(|name| declared.get(&name)) {
            Some(index) => spec.placed(error, "packages", Some(*index)),
            None => error,
        },
    })?;
    pins::of_solution(&solution, &catalog, &declared)
}

/// Checks that an item names a project, optionally with versions, extras and a marker, and does not give a path or URL.
/// Only the text is checked.
///
/// # Errors
/// When it is not a requirement (PEP 508), or gives a path or URL.
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

#[cfg(test)]
mod tests;
