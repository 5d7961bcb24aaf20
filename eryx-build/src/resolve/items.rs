//! The requirements and constraints of a declaration that apply in the guest.

use std::collections::HashMap;

use pep508_rs::PackageName;

use super::ranges::{self, VersionRange};
use super::requirement::Requirement;
use crate::declare::Spec;
use crate::error::Result;

/// Returns the items of `packages` whose markers include the guest.
pub(super) fn items(spec: &Spec) -> Result<Vec<(usize, Requirement)>> {
    let mut items = Vec::new();
    for (index, text) in spec.packages.iter().enumerate() {
        let item = Requirement::parse(text, &spec.base_dir)
            .map_err(|error| spec.placed(error, "packages", Some(index)))?;
        items.extend(item.map(|item| (index, item)));
    }
    Ok(items)
}

/// Returns the versions that `constraints` allow, by project.
pub(super) fn constraints(spec: &Spec) -> Result<HashMap<PackageName, VersionRange>> {
    let mut all: HashMap<PackageName, VersionRange> = HashMap::new();
    for (index, text) in spec.constraints.iter().enumerate() {
        let constraint = Requirement::parse_constraint(text)
            .map_err(|error| spec.placed(error, "constraints", Some(index)))?;
        if let Some((name, specifiers)) = constraint {
            let range = ranges::of_specifiers(&specifiers);
            let entry = all.entry(name).or_insert_with(VersionRange::full);
            *entry = entry.intersection(&range);
        }
    }
    Ok(all)
}
