//! Formats the sentences of a proof.

use std::collections::HashMap;

use pep440_rs::Version;
use pep508_rs::PackageName;
use pubgrub::{External, ReportFormatter, Term};

use super::proof::{ProofFact, ProofStep, ProofTerms};
use super::refusals::first_line;
use crate::resolve::catalog::Catalog;
use crate::resolve::ranges::{self, VersionRange};
use crate::resolve::solver::SolverPackage;

/// Formats facts.
pub(super) struct ProofFormatter<'t, 'c> {
    pub(super) catalog: &'t Catalog<'c>,
    pub(super) versions: HashMap<PackageName, Vec<Version>>,
}

impl ProofFormatter<'_, '_> {
    /// Formats a package with versions: `six>=1`.
    fn set(&self, package: &SolverPackage, range: &VersionRange) -> String {
        let Some(name) = package.name() else { return "your packages".to_owned() };
        let simple = self.simple(name, range);
        if simple == VersionRange::full() {
            format!("{package}")
        } else {
            format!("{package}{}", ranges::words(&simple))
        }
    }

    /// Formats the subject of a sentence, which needs the word «all».
    fn subject(&self, package: &SolverPackage, range: &VersionRange) -> String {
        let Some(name) = package.name() else { return "your packages".to_owned() };
        if self.simple(name, range) == VersionRange::full()
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

    /// Simplifies a range to the bounds that matter among the existing versions.
    fn simple(&self, name: &PackageName, range: &VersionRange) -> VersionRange {
        let all = self.versions.get(name).map(Vec::as_slice).unwrap_or_default();
        if ranges::exact(range).is_some() || all.iter().all(|version| !range.contains(version)) {
            return range.clone();
        }
        range.simplify(all.iter())
    }

    fn dependency(
        &self,
        owner: &SolverPackage,
        versions: &VersionRange,
        package: &SolverPackage,
        range: &VersionRange,
    ) -> String {
        let Some(name) = package.name() else { return format!("{owner} requires you") };
        // A requirement is shown as it was written, not simplified.
        let needed = if *range == VersionRange::full() {
            package.to_string()
        } else if self.versions.get(name).is_some_and(|all| !all.is_empty()) && range.iter().count() > 2 {
            self.set(package, range)
        } else {
            format!("{package}{}", ranges::words(range))
        };
        match owner {
            SolverPackage::Root => format!("you require {needed}"),
            _ => format!("{} depends on {needed}", self.subject(owner, versions)),
        }
    }
}

impl ReportFormatter<SolverPackage, VersionRange, String> for ProofFormatter<'_, '_> {
    type Output = String;

    fn format_external(&self, fact: &ProofFact) -> String {
        match fact {
            External::NotRoot(..) => "you require your packages".to_owned(),
            External::NoVersions(package, range) => {
                let Some(name) = package.name() else { return "there is nothing to do".to_owned() };
                if self.catalog.is_missing(name) {
                    return format!("the index has no project `{name}`");
                }
                let exists =
                    self.versions.get(name).is_some_and(|all| all.iter().any(|one| range.contains(one)));
                match (exists, *range == VersionRange::full()) {
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

    fn format_terms(&self, terms: &ProofTerms) -> String {
        let mut sorted: Vec<(&SolverPackage, &Term<VersionRange>)> =
            terms.iter().filter(|(package, _)| **package != SolverPackage::Root).collect();
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
                format!("{} do not fit together", list(&sets))
            }
        }
    }

    fn explain_both_external(&self, one: &ProofFact, other: &ProofFact, terms: &ProofTerms) -> String {
        let facts = [self.format_external(one), self.format_external(other)];
        // The fact about your requirement comes last, in the order of the argument.
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
        one: &ProofStep,
        other_id: usize,
        other: &ProofStep,
        terms: &ProofTerms,
    ) -> String {
        format!(
            "Because {} ({one_id}) and {} ({other_id}), {}.",
            self.format_terms(&one.terms),
            self.format_terms(&other.terms),
            self.format_terms(terms)
        )
    }

    fn explain_ref_and_external(
        &self,
        id: usize,
        step: &ProofStep,
        fact: &ProofFact,
        terms: &ProofTerms,
    ) -> String {
        format!(
            "Because {} ({id}) and {}, {}.",
            self.format_terms(&step.terms),
            self.format_external(fact),
            self.format_terms(terms)
        )
    }

    fn and_explain_external(&self, fact: &ProofFact, terms: &ProofTerms) -> String {
        format!("And because {}, {}.", self.format_external(fact), self.format_terms(terms))
    }

    fn and_explain_ref(&self, id: usize, step: &ProofStep, terms: &ProofTerms) -> String {
        format!("And because {} ({id}), {}.", self.format_terms(&step.terms), self.format_terms(terms))
    }

    fn and_explain_prior_and_external(
        &self,
        prior: &ProofFact,
        fact: &ProofFact,
        terms: &ProofTerms,
    ) -> String {
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
