//! The proof that there is no solution, and data extracted from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use pep508_rs::PackageName;
use pubgrub::{DerivationTree, Derived, External, Map, Term};

use crate::resolve::ranges::VersionRange;
use crate::resolve::solver::SolverPackage;

/// The proof.
pub(in crate::resolve) type ProofTree = DerivationTree<SolverPackage, VersionRange, String>;

/// The statements of a proof step about packages.
pub(super) type ProofTerms = Map<SolverPackage, Term<VersionRange>>;

/// A fact that needs no proof.
pub(super) type ProofFact = External<SolverPackage, VersionRange, String>;

/// A conclusion from two others.
pub(super) type ProofStep = Derived<SolverPackage, VersionRange, String>;

/// Returns the tree without facts that only concern the algorithm: that an extra belongs to its distribution, and that
/// there is no version between two others.
pub(super) fn simplified(
    tree: ProofTree,
    exists: &dyn Fn(&SolverPackage, &VersionRange) -> bool,
) -> ProofTree {
    let DerivationTree::Derived(derived) = tree else { return tree };
    let one = simplified(Arc::unwrap_or_clone(derived.cause1), exists);
    let other = simplified(Arc::unwrap_or_clone(derived.cause2), exists);
    match (one, other) {
        (DerivationTree::External(fact), tree) | (tree, DerivationTree::External(fact))
            if is_trivial(&fact) =>
        {
            tree
        }
        (DerivationTree::External(External::NoVersions(package, gap)), tree)
        | (tree, DerivationTree::External(External::NoVersions(package, gap)))
            if !exists(&package, &gap) && is_about(&tree, &package) =>
        {
            widened(tree, &gap, derived.terms)
        }
        (one, other) => DerivationTree::Derived(Derived {
            terms: derived.terms,
            shared_id: derived.shared_id,
            cause1: Arc::new(one),
            cause2: Arc::new(other),
        }),
    }
}

fn is_trivial(fact: &ProofFact) -> bool {
    matches!(
        fact,
        External::FromDependencyOf(SolverPackage::Extra(owner, _), _, SolverPackage::Project(name), _) if owner == name
    )
}

/// Whether the tree has a statement about versions of that package. If so, the statement can be extended to versions
/// that do not exist.
fn is_about(tree: &ProofTree, package: &SolverPackage) -> bool {
    match tree {
        DerivationTree::External(External::FromDependencyOf(owner, ..) | External::Custom(owner, ..)) => {
            owner == package
        }
        DerivationTree::External(_) => false,
        DerivationTree::Derived(derived) => matches!(derived.terms.get(package), Some(Term::Positive(_))),
    }
}

/// Extends the statement to more versions.
fn widened(tree: ProofTree, gap: &VersionRange, terms: ProofTerms) -> ProofTree {
    match tree {
        DerivationTree::External(External::FromDependencyOf(owner, versions, package, range)) => {
            DerivationTree::External(External::FromDependencyOf(owner, versions.union(gap), package, range))
        }
        DerivationTree::External(External::Custom(package, versions, reason)) => {
            DerivationTree::External(External::Custom(package, versions.union(gap), reason))
        }
        DerivationTree::External(other) => DerivationTree::External(other),
        DerivationTree::Derived(derived) => DerivationTree::Derived(Derived { terms, ..derived }),
    }
}

/// Returns the facts at the leaves.
fn facts(tree: &ProofTree) -> Vec<&ProofFact> {
    let mut facts = Vec::new();
    let mut rest = vec![tree];
    while let Some(tree) = rest.pop() {
        match tree {
            DerivationTree::External(fact) => facts.push(fact),
            DerivationTree::Derived(derived) => rest.extend([&*derived.cause2, &*derived.cause1]),
        }
    }
    facts
}

/// Returns the projects in the tree, in the order of the explanation.
pub(super) fn names(tree: &ProofTree) -> Vec<PackageName> {
    let mut names: Vec<PackageName> = Vec::new();
    for fact in facts(tree) {
        let packages = match fact {
            External::NotRoot(package, _)
            | External::NoVersions(package, _)
            | External::Custom(package, _, _) => vec![package],
            External::FromDependencyOf(one, _, other, _) => vec![one, other],
        };
        for name in packages.into_iter().filter_map(SolverPackage::name) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

/// Returns the projects without a usable version in some range, with that range.
pub(super) fn involved(tree: &ProofTree) -> BTreeMap<PackageName, VersionRange> {
    let mut involved: BTreeMap<PackageName, VersionRange> = BTreeMap::new();
    for fact in facts(tree) {
        if let External::NoVersions(package, range) | External::Custom(package, range, _) = fact
            && let Some(name) = package.name()
        {
            let entry = involved.entry(name.clone()).or_insert_with(VersionRange::empty);
            *entry = entry.union(range);
        }
    }
    involved
}

/// Returns the ranges in which facts of the tree require a project.
pub(super) fn asked<'t>(tree: &'t ProofTree, name: &PackageName) -> Vec<&'t VersionRange> {
    let asked = facts(tree).into_iter().filter_map(|fact| match fact {
        External::FromDependencyOf(_, _, package, range) if package.name() == Some(name) => Some(range),
        _ => None,
    });
    asked.collect()
}

/// Whether the tree contains the declaration's requirement on that project.
pub(super) fn is_required(tree: &ProofTree, name: &PackageName) -> bool {
    facts(tree).into_iter().any(|fact| {
        matches!(fact, External::FromDependencyOf(SolverPackage::Root, _, package, _) if package.name() == Some(name))
    })
}
