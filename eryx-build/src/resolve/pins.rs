//! Converts a solution to pins.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};

use super::catalog::Catalog;
use super::local_file::pinned;
use super::solver::SolverPackage;
use crate::error::{Error, Result};
use crate::pin::{Dependency, Pin, PinSource, PinnedFile};

/// Returns the pins of a solution: declared ones first, in that order, then the others by name.
pub(super) fn of_solution(
    solution: &HashMap<SolverPackage, Version>,
    catalog: &Catalog<'_>,
    declared: &HashMap<PackageName, usize>,
) -> Result<Vec<Pin>> {
    let mut extras: BTreeMap<&PackageName, BTreeSet<&ExtraName>> = BTreeMap::new();
    let mut projects: BTreeMap<&PackageName, &Version> = BTreeMap::new();
    for (package, version) in solution {
        match package {
            SolverPackage::Root => {}
            SolverPackage::Project(name) => {
                projects.insert(name, version);
            }
            SolverPackage::Extra(name, extra) => {
                extras.entry(name).or_default().insert(extra);
            }
        }
    }
    let mut pins = Vec::with_capacity(projects.len());
    for (name, version) in projects {
        let extras = extras.remove(name).unwrap_or_default();
        let (version, source, built) = match catalog.direct.get(name) {
            Some(direct) => (direct.version.clone(), direct.source.clone(), direct.built.clone()),
            None => from_index(name, version, catalog)?,
        };
        pins.push(Pin {
            dependencies: dependencies(name, &version, &extras, catalog)?,
            name: name.clone(),
            version,
            source,
            built,
            declared: declared.get(name).copied(),
        });
    }
    pins.sort_by_key(|pin| pin.declared.unwrap_or(usize::MAX));
    Ok(pins)
}

fn from_index(
    name: &PackageName,
    version: &Version,
    catalog: &Catalog<'_>,
) -> Result<(Version, PinSource, Option<PinnedFile>)> {
    let choice = catalog.chosen(name, version)?;
    if let Some(reason) = &choice.file.yanked {
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        catalog
            .context
            .reporter
            .warn(&format!("{name} {} was withdrawn by its authors{reason}", choice.version));
    }
    let built = catalog.built(name, &choice.version).filter(|_| !choice.is_wheel).map(|wheel| PinnedFile {
        filename: wheel.filename.to_string(),
        size: Some(wheel.size),
        sha256: wheel.sha256.clone(),
    });
    Ok((choice.version.clone(), PinSource::Index(pinned(&choice.file)?), built))
}

/// Returns the edges of a pin, sorted by name. Several requirements on one distribution form one edge.
fn dependencies(
    name: &PackageName,
    version: &Version,
    extras: &BTreeSet<&ExtraName>,
    catalog: &Catalog<'_>,
) -> Result<Vec<Dependency>> {
    let needs = catalog
        .needs(name, version)?
        .map_err(|reason| Error::new(format!("{name} {version} cannot be used: {reason}")))?;
    let mut edges: BTreeMap<PackageName, BTreeSet<ExtraName>> = BTreeMap::new();
    let wanted = std::iter::once(None).chain(extras.iter().copied().map(Some));
    for line in wanted.flat_map(|extra| needs.lines(extra)).filter(|line| line.name != *name) {
        edges.entry(line.name.clone()).or_default().extend(line.extras.iter().cloned());
    }
    for extra in extras.iter().filter(|extra| !needs.has_extra(extra)) {
        catalog.context.reporter.warn(&format!("{name} {version} has no extra `{extra}`"));
    }
    Ok(edges
        .into_iter()
        .map(|(name, extras)| Dependency { name, extras: extras.into_iter().collect() })
        .collect())
}
