//! Why there is no solution, in sentences.
//!
//! The algorithm gives a proof: a tree of facts, each following from two others. It is told from the leaves to the
//! root, in sentences that begin with «Because». After it stands, for each project in it, why its files are refused.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;
use pubgrub::{
    DefaultStringReporter, DerivationTree, Derived, External, Map, ReportFormatter, Reporter as _, Term,
};

use super::candidate::Unfit;
use super::catalog::Catalog;
use super::ranges::{self, Range};
use super::solver::{Package, Wish};
use crate::declare::Spec;
use crate::error::Error;
use crate::wheel::Refusal;

/// The proof.
pub(super) type Tree = DerivationTree<Package, Range, String>;

/// So many sentences are told; nobody reads more.
const SENTENCES: usize = 16;

/// So many files are listed one by one for each project.
const LISTED: usize = 6;

/// The error for a declaration that nothing can satisfy.
pub(super) fn failure(
    tree: &Tree,
    catalog: &Catalog<'_>,
    wishes: &[Wish],
    constraints: &HashMap<PackageName, Range>,
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
    let told = Told { catalog, versions };
    let text = match &tree {
        // A single fact needs no proof.
        DerivationTree::External(external) => {
            format!("Because {}, your packages cannot be had.", told.format_external(external))
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

    // The last of the items that take part is the one that broke what held before.
    let item = wishes.iter().map(|wish| &wish.name).filter(|name| is_required(&tree, name));
    let index = item.filter_map(|name| declared.get(name)).max().copied();
    let help = help(&involved, catalog);
    spec.placed(Error::new(message).help(help), "packages", index)
}

/// The tree without facts that only the algorithm needs: that an extra belongs to its distribution, and that there is
/// nothing between two versions.
fn simplified(tree: Tree, exists: &dyn Fn(&Package, &Range) -> bool) -> Tree {
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

fn is_trivial(fact: &External<Package, Range, String>) -> bool {
    matches!(
        fact,
        External::FromDependencyOf(Package::Extra(owner, _), _, Package::Project(name), _) if owner == name
    )
}

/// Whether something is said of versions of that package: then it may as well be said of versions that do not exist.
fn is_about(tree: &Tree, package: &Package) -> bool {
    match tree {
        DerivationTree::External(External::FromDependencyOf(owner, ..) | External::Custom(owner, ..)) => {
            owner == package
        }
        DerivationTree::External(_) => false,
        DerivationTree::Derived(derived) => matches!(derived.terms.get(package), Some(Term::Positive(_))),
    }
}

/// The same said of more versions.
fn widened(tree: Tree, gap: &Range, terms: Terms) -> Tree {
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

/// The facts at the leaves.
fn facts(tree: &Tree) -> Vec<&External<Package, Range, String>> {
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

/// The projects in the tree, in the order in which they are told.
fn names(tree: &Tree) -> Vec<PackageName> {
    let mut names: Vec<PackageName> = Vec::new();
    for fact in facts(tree) {
        let packages = match fact {
            External::NotRoot(package, _)
            | External::NoVersions(package, _)
            | External::Custom(package, _, _) => vec![package],
            External::FromDependencyOf(one, _, other, _) => vec![one, other],
        };
        for name in packages.into_iter().filter_map(Package::name) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

/// The projects that have no usable version in some range.
fn involved(tree: &Tree) -> BTreeMap<PackageName, Range> {
    let mut involved: BTreeMap<PackageName, Range> = BTreeMap::new();
    for fact in facts(tree) {
        if let External::NoVersions(package, range) | External::Custom(package, range, _) = fact
            && let Some(name) = package.name()
        {
            let entry = involved.entry(name.clone()).or_insert_with(Range::empty);
            *entry = entry.union(range);
        }
    }
    involved
}

/// The ranges in which something in the tree asks for a project.
fn asked<'t>(tree: &'t Tree, name: &PackageName) -> Vec<&'t Range> {
    let asked = facts(tree).into_iter().filter_map(|fact| match fact {
        External::FromDependencyOf(_, _, package, range) if package.name() == Some(name) => Some(range),
        _ => None,
    });
    asked.collect()
}

/// Whether the tree has it that the declaration requires that project.
fn is_required(tree: &Tree, name: &PackageName) -> bool {
    facts(tree).into_iter().any(|fact| {
        matches!(fact, External::FromDependencyOf(Package::Root, _, package, _) if package.name() == Some(name))
    })
}

/// Why the newest version in the range cannot be used, file by file.
fn refusals(name: &PackageName, range: &Range, catalog: &Catalog<'_>) -> String {
    let mut text = String::new();
    let failure = catalog.build_failure(name);
    let newest = catalog.versions(name).into_iter().rev().find(|version| range.contains(version));
    if let Some((version, reason)) = failure {
        let _ = write!(text, "\n  {name} {version} cannot be built: {}", first_line(&reason));
        let others = catalog.versions(name).into_iter().filter(|other| {
            *other != version && range.contains(other) && catalog.is_source_only(name, other)
        });
        if others.count() > 0 {
            let _ = write!(text, "\n    (so the sdists of its other versions were not tried)");
        }
    }
    let Some(version) = newest else { return text };
    let mut refused = catalog.refused(name, &version);
    if refused.is_empty() {
        return text;
    }
    refused.sort_by_key(|(filename, unfit)| (severity(unfit), filename.clone()));
    let foreign = |unfit: &Unfit| matches!(unfit, Unfit::Refused(Refusal::Platform(_)));
    let (others, foreign): (Vec<_>, Vec<_>) = refused.into_iter().partition(|(_, unfit)| !foreign(unfit));
    let _ = write!(text, "\n  files of {name} {version} that cannot be used:");
    for (filename, unfit) in others.iter().take(LISTED) {
        let _ = write!(text, "\n    {filename}: {unfit}");
    }
    if others.len() > LISTED {
        let _ = write!(text, "\n    … and {} more", others.len() - LISTED);
    }
    if foreign.len() > LISTED {
        let _ = write!(
            text,
            "\n    {} files: native code for other platforms, which cannot run in the sandbox",
            foreign.len()
        );
    } else {
        for (filename, unfit) in &foreign {
            let _ = write!(text, "\n    {filename}: {unfit}");
        }
    }
    text
}

/// Those come first that a choice of the user's could change.
fn severity(unfit: &Unfit) -> u8 {
    match unfit {
        Unfit::Newer(_) | Unfit::Undated => 0,
        Unfit::Refused(Refusal::RequiresPython(_) | Refusal::NoHash | Refusal::Native(_)) => 1,
        Unfit::Refused(Refusal::Python(_)) => 2,
        _ => 3,
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The next step.
fn help(involved: &BTreeMap<PackageName, Range>, catalog: &Catalog<'_>) -> String {
    let asked = || catalog.client().map_or_else(|_| "none".to_owned(), |client| client.asked());
    if let Some(name) = involved.keys().find(|name| catalog.is_missing(name)) {
        return format!("check the spelling of `{name}`; the index asked is {}", asked());
    }
    for (name, range) in involved {
        let versions = catalog.versions(name);
        let fits = |version: &&Version| range.contains(version) && version.any_prerelease();
        let has_final = versions.iter().any(|version| range.contains(version) && !version.any_prerelease());
        if let Some(version) = versions.iter().rev().find(fits).filter(|_| !has_final)
            && catalog.candidate_is_usable(name, version)
        {
            return format!(
                "there is a pre-release, {name} {version}: ask for it with \"{name}>={version}\", or for all with \
                 `prereleases = true`"
            );
        }
        if let Some(last) =
            versions.last().filter(|_| versions.iter().all(|version| !range.contains(version)))
        {
            let newest = catalog.newest(name, &Range::full());
            return match newest {
                Some(newest) => format!("the newest version of {name} that can be used is {newest}"),
                None => format!("the newest version of {name} that there is, is {last}"),
            };
        }
    }
    // Whoever has nothing else to offer is the one to do without.
    let hopeless =
        |(name, range): &(&PackageName, &Range)| catalog.newest(name, &range.complement()).is_none();
    if let Some((name, _)) = involved.iter().find(hopeless) {
        return format!(
            "look for another project than {name}, or one that does the same without native code"
        );
    }
    for (name, range) in involved {
        if let Some(newest) = catalog.newest(name, &range.complement()) {
            return format!("the newest version of {name} that can be used is {newest}");
        }
    }
    "loosen one of the requirements named above".to_owned()
}

/// Tells facts.
struct Told<'t, 'c> {
    catalog: &'t Catalog<'c>,
    versions: HashMap<PackageName, Vec<Version>>,
}

impl Told<'_, '_> {
    /// A package with versions: `six>=1`.
    fn set(&self, package: &Package, range: &Range) -> String {
        let Some(name) = package.name() else { return "your packages".to_owned() };
        let simple = self.simple(name, range);
        if simple == Range::full() {
            format!("{package}")
        } else {
            format!("{package}{}", ranges::words(&simple))
        }
    }

    /// The same for the subject of a sentence, where «all» must be said.
    fn subject(&self, package: &Package, range: &Range) -> String {
        let Some(name) = package.name() else { return "your packages".to_owned() };
        if self.simple(name, range) == Range::full()
            && self.versions.get(name).is_none_or(|all| all.len() != 1)
        {
            format!("every version of {package}")
        } else if let Some([only]) = self.versions.get(name).map(Vec::as_slice)
            && range.contains(only)
        {
            format!("{package}=={only}")
        } else {
            self.set(package, range)
        }
    }

    /// The range with only those of its ends that matter for the versions that there are.
    fn simple(&self, name: &PackageName, range: &Range) -> Range {
        let all = self.versions.get(name).map(Vec::as_slice).unwrap_or_default();
        if ranges::exact(range).is_some() || all.iter().all(|version| !range.contains(version)) {
            return range.clone();
        }
        range.simplify(all.iter())
    }

    fn dependency(&self, owner: &Package, versions: &Range, package: &Package, range: &Range) -> String {
        let Some(name) = package.name() else { return format!("{owner} requires you") };
        // What is required is told as it was written, not by what there is.
        let needed = if *range == Range::full() {
            package.to_string()
        } else if self.versions.get(name).is_some_and(|all| !all.is_empty()) && range.iter().count() > 2 {
            self.set(package, range)
        } else {
            format!("{package}{}", ranges::words(range))
        };
        match owner {
            Package::Root => format!("you require {needed}"),
            _ => format!("{} depends on {needed}", self.subject(owner, versions)),
        }
    }
}

type Terms = Map<Package, Term<Range>>;
type Fact = External<Package, Range, String>;
type Step = Derived<Package, Range, String>;

impl ReportFormatter<Package, Range, String> for Told<'_, '_> {
    type Output = String;

    fn format_external(&self, fact: &Fact) -> String {
        match fact {
            External::NotRoot(..) => "you require your packages".to_owned(),
            External::NoVersions(package, range) => {
                let Some(name) = package.name() else { return "there is nothing to do".to_owned() };
                if self.catalog.is_missing(name) {
                    return format!("the index has no project `{name}`");
                }
                let exists =
                    self.versions.get(name).is_some_and(|all| all.iter().any(|one| range.contains(one)));
                match (exists, *range == Range::full()) {
                    (false, _) => format!("there is no {}", self.set(package, range)),
                    (true, true) => format!("no version of {package} can be used"),
                    (true, false) => match self.set(package, range) {
                        all if all == package.to_string() => format!("no version of {package} can be used"),
                        set => format!("{set} cannot be used"),
                    },
                }
            }
            External::Custom(package, range, reason) => {
                format!("{} cannot be used ({})", self.subject(package, range), first_line(reason))
            }
            External::FromDependencyOf(owner, versions, package, range) => {
                self.dependency(owner, versions, package, range)
            }
        }
    }

    fn format_terms(&self, terms: &Terms) -> String {
        let mut sorted: Vec<(&Package, &Term<Range>)> =
            terms.iter().filter(|(package, _)| **package != Package::Root).collect();
        sorted.sort_by_key(|(package, _)| *package);
        match sorted.as_slice() {
            [] => "your requirements cannot be met".to_owned(),
            [(package, Term::Positive(range))] => format!("{} cannot be used", self.subject(package, range)),
            [(package, Term::Negative(range))] => format!("you need {}", self.set(package, range)),
            [(one, Term::Positive(range)), (other, Term::Negative(needed))]
            | [(other, Term::Negative(needed)), (one, Term::Positive(range))] => {
                self.dependency(one, range, other, needed)
            }
            several => {
                let sets: Vec<String> = several
                    .iter()
                    .map(|(package, term)| match term {
                        Term::Positive(range) => self.subject(package, range),
                        Term::Negative(range) => format!("not {}", self.set(package, range)),
                    })
                    .collect();
                format!("{} do not go together", list(&sets))
            }
        }
    }

    fn explain_both_external(&self, one: &Fact, other: &Fact, terms: &Terms) -> String {
        let facts = [self.format_external(one), self.format_external(other)];
        // Read in the order of the argument: what you require comes last.
        let [one, other] = if facts[0].starts_with("you require") {
            let [one, other] = facts;
            [other, one]
        } else {
            facts
        };
        format!("Because {one} and {other}, {}.", self.format_terms(terms))
    }

    fn explain_both_ref(
        &self,
        one_id: usize,
        one: &Step,
        other_id: usize,
        other: &Step,
        terms: &Terms,
    ) -> String {
        format!(
            "Because {} ({one_id}) and {} ({other_id}), {}.",
            self.format_terms(&one.terms),
            self.format_terms(&other.terms),
            self.format_terms(terms)
        )
    }

    fn explain_ref_and_external(&self, id: usize, step: &Step, fact: &Fact, terms: &Terms) -> String {
        format!(
            "Because {} ({id}) and {}, {}.",
            self.format_terms(&step.terms),
            self.format_external(fact),
            self.format_terms(terms)
        )
    }

    fn and_explain_external(&self, fact: &Fact, terms: &Terms) -> String {
        format!("And because {}, {}.", self.format_external(fact), self.format_terms(terms))
    }

    fn and_explain_ref(&self, id: usize, step: &Step, terms: &Terms) -> String {
        format!("And because {} ({id}), {}.", self.format_terms(&step.terms), self.format_terms(terms))
    }

    fn and_explain_prior_and_external(&self, prior: &Fact, fact: &Fact, terms: &Terms) -> String {
        format!(
            "And because {} and {}, {}.",
            self.format_external(prior),
            self.format_external(fact),
            self.format_terms(terms)
        )
    }
}

fn list(items: &[String]) -> String {
    match items {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => items.concat(),
    }
}
