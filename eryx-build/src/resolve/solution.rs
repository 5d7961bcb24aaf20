//! The search for a solution. It starts again if building an sdist gives new facts.

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

/// The reason why there is no solution.
pub(super) enum ResolutionFailure {
    Conflict(ProofTree),
    /// A question about that project has no answer.
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

/// Solves, and builds the chosen sdists, because only a build proves that they are usable. If a build fails or gives
/// other requirements than declared, the search starts again with that knowledge.
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
    let error =
        Error::new(format!("building {} sdists gave other requirements than their metadata", bounds::ROUNDS));
    Err(Box::new(ResolutionFailure::Error(error.help("pin versions of them that have wheels"), None)))
}

/// Builds the sdists among the chosen files. Returns whether the solution is still valid.
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
