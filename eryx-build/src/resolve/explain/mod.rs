//! Explains in sentences why there is no solution.
//!
//! The algorithm gives a proof: a tree of facts, each derived from two others. The explanation goes from the leaves to
//! the root, in sentences that begin with «Because». It ends with the reasons why files are refused, for each project
//! in the proof.

mod formatter;
mod help;
mod proof;
mod refusals;

use std::collections::HashMap;
use std::fmt::Write as _;

use pep440_rs::Version;
use pep508_rs::PackageName;
use pubgrub::{DefaultStringReporter, DerivationTree, ReportFormatter as _, Reporter as _};

use self::formatter::ProofFormatter;
use self::help::help;
pub(super) use self::proof::ProofTree;
use self::proof::{asked, involved, is_required, names, simplified};
use self::refusals::refusals;
use super::catalog::Catalog;
use super::ranges::{self, VersionRange};
use super::solver::DeclaredRequirement;
use crate::declare::Spec;
use crate::error::Error;

/// Maximum number of sentences, to keep the explanation readable.
const SENTENCES: usize = 16;

/// Returns the error for a declaration without a solution.
pub(super) fn failure(
    tree: &ProofTree,
    catalog: &Catalog<'_>,
    wishes: &[DeclaredRequirement],
    constraints: &HashMap<PackageName, VersionRange>,
    declared: &HashMap<PackageName, usize>,
    spec: &Spec,
) -> Error {
    let all = names(tree);
    let versions: HashMap<PackageName, Vec<Version>> =
        all.iter().map(|name| (name.clone(), catalog.eligible(name, &asked(tree, name)))).collect();
    let tree = simplified(tree.clone(), &|package, range| {
        let known = package.name().and_then(|name| versions.get(name));
        known.is_none_or(|all| all.iter().any(|version| range.contains(version)))
    });
    let names = names(&tree);
    let told = ProofFormatter { catalog, versions };
    let text = match &tree {
        // A single fact needs no proof.
        DerivationTree::External(external) => {
            format!("Because {}, your requirements cannot be met.", told.format_external(external))
        }
        DerivationTree::Derived(_) => DefaultStringReporter::report_with_formatter(&tree, &told),
    };
    let mut message = "no versions of `packages` fit together:".to_owned();
    let sentences: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    for sentence in sentences.iter().take(SENTENCES) {
        let _ = write!(message, "\n  {sentence}");
    }
    if sentences.len() > SENTENCES {
        let _ = write!(message, "\n  … and {} more steps", sentences.len() - SENTENCES);
    }
    let involved = involved(&tree);
    for name in names.iter().filter(|name| constraints.contains_key(*name)) {
        let range = ranges::words(&constraints[name]);
        let _ = write!(message, "\n  (`constraints` has {name}{range}.)");
    }
    for (name, range) in &involved {
        message += &refusals(name, range, catalog);
    }

    // The last item in the proof is the one to blame: the items before it were satisfiable.
    let item = wishes.iter().map(|wish| &wish.name).filter(|name| is_required(&tree, name));
    let index = item.filter_map(|name| declared.get(name)).max().copied();
    let help = help(&involved, catalog);
    spec.placed(Error::new(message).help(help), "packages", index)
}
