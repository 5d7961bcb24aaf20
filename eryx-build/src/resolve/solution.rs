//! The search for a solution, which begins anew where building an sdist teaches something.

use std::collections::HashMap;
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;
use pubgrub::PubGrubError;

use super::catalog::Catalog;
use super::explain::ProofTree;
use super::needs::DistributionNeeds;
use super::ranges::VersionRange;
use super::solver::{DeclaredRequirement, Solver, SolverError, SolverPackage};
use crate::bounds;
use crate::error::{Error, Result};

/// Why there is no solution.
pub(super) enum ResolutionFailure {
    Conflict(ProofTree),
    /// Something could not be found out, about that project.
    Error(Error, Option<PackageName>),
}

impl From<SolverError<'_, '_>> for ResolutionFailure {
    fn from(failure: SolverError<'_, '_>) -> Self {
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
pub(super) fn solve(
    catalog: &Catalog<'_>,
    wishes: &[DeclaredRequirement],
    constraints: &HashMap<PackageName, VersionRange>,
) -> Result<HashMap<SolverPackage, Version>, Box<ResolutionFailure>> {
    for _ in 0..bounds::ROUNDS {
        let solution = match Solver::new(catalog, wishes, constraints).solve() {
            Ok(solution) => solution,
            Err(failure) => return Err(Box::new(ResolutionFailure::from(*failure))),
        };
        if build_chosen(catalog, &solution).map_err(|error| ResolutionFailure::Error(error, None))? {
            return Ok(solution);
        }
    }
    let error = Error::new(format!(
        "{} sdists need something else when they are built than they said before",
        bounds::ROUNDS
    ));
    Err(Box::new(ResolutionFailure::Error(error.help("pin versions of them that have wheels"), None)))
}

/// Builds the sdists among the chosen files. Says whether the solution still stands.
fn build_chosen(catalog: &Catalog<'_>, solution: &HashMap<SolverPackage, Version>) -> Result<bool> {
    let mut chosen: Vec<(&PackageName, &Version)> = solution
        .iter()
        .filter_map(|(package, version)| match package {
            SolverPackage::Project(name) if !catalog.direct.contains_key(name) => Some((name, version)),
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
            Ok(wheel) => match DistributionNeeds::of(&wheel.metadata, name, version) {
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
