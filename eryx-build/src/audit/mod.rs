//! **audit**: what is known to be wrong with what is in a bundle.
//!
//! Two sources are asked: advisories on this machine, in the format of OSV (JSON), for Python packages, for crates and for
//! the parts of the base runtime; and the indexes, whose JSON interface lists `vulnerabilities` of Python packages. What
//! could not be asked is told in [`Report::gaps`]: an audit that saw nothing must not look like one that found nothing.

mod osv;
mod range;

use std::collections::BTreeSet;

use eryx_rt::bundle::Manifest;
use eryx_runtime::base::CPYTHON_3_14;
use serde::Serialize;

pub use self::osv::Advisories;
use crate::context::Context;
use crate::index::{Known, Vulnerability};
use crate::parallel;
use crate::resolve::Pin;

/// Where a name means what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Ecosystem {
    /// A Python package.
    #[serde(rename = "PyPI")]
    PyPi,
    /// A Rust crate.
    #[serde(rename = "crates.io")]
    Crates,
    /// A project that no package manager stands for, such as CPython itself.
    #[serde(rename = "generic")]
    Generic,
}

/// Something that may have a known vulnerability.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Subject {
    /// Where its name means something.
    pub ecosystem: Ecosystem,
    /// Its name; that of a Python package is normalised.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A vulnerability of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What has it.
    #[serde(flatten)]
    pub subject: Subject,
    /// Its name in the best known database.
    pub id: String,
    /// Its other names, sorted.
    pub aliases: Vec<String>,
    /// What it is, in a line; empty if no source says.
    pub summary: String,
    /// Versions without it, sorted as text.
    pub fixed: Vec<String>,
}

/// What an audit has seen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What was looked for, sorted.
    pub subjects: Vec<Subject>,
    /// Who was asked.
    pub sources: Vec<String>,
    /// What was found, by subject.
    pub findings: Vec<Finding>,
    /// Findings that were to be left out.
    pub ignored: Vec<Finding>,
    /// What a source that was asked could not answer.
    pub gaps: Vec<String>,
    /// What nobody was asked about.
    pub notes: Vec<String>,
}

/// What to do besides.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// Names of advisories, or aliases of them, that do not count.
    pub ignore: Vec<String>,
}

/// What is in a bundle.
pub fn of_bundle(manifest: &Manifest) -> Vec<Subject> {
    let packages = manifest.packages.iter().map(|package| (package.name.clone(), package.version.clone()));
    let same_base = manifest.abi == CPYTHON_3_14.abi_id();
    subjects(packages, &manifest.python_version, &manifest.wasmtime_version, same_base)
}

/// What is in a bundle that this version makes of these pins.
pub fn of_pins(pins: &[Pin]) -> Vec<Subject> {
    let packages = pins.iter().map(|pin| (pin.name.to_string(), pin.version.to_string()));
    subjects(packages, CPYTHON_3_14.python_version, eryx_rt::__private::engine::WASMTIME_VERSION, true)
}

fn subjects(
    packages: impl Iterator<Item = (String, String)>,
    python: &str,
    wasmtime: &str,
    same_base: bool,
) -> Vec<Subject> {
    let subject = |ecosystem, name: &str, version: &str| Subject {
        ecosystem,
        name: name.to_owned(),
        version: version.to_owned(),
    };
    let mut subjects: Vec<_> =
        packages.map(|(name, version)| subject(Ecosystem::PyPi, &name, &version)).collect();
    subjects.push(subject(Ecosystem::Generic, "cpython", python));
    subjects.push(subject(Ecosystem::Crates, "wasmtime", wasmtime));
    subjects.push(subject(Ecosystem::Crates, "wasmtime-wasi", wasmtime));
    if same_base {
        let contents = CPYTHON_3_14.contents.iter();
        subjects.extend(contents.map(|part| subject(Ecosystem::Generic, part.name, part.version)));
    }
    subjects
}

/// Looks for what is known about the subjects.
///
/// `context` gives the indexes, which are asked about Python packages unless it is offline. Failures of an index are no
/// errors: they are gaps of the report.
pub fn audit(
    subjects: &[Subject],
    advisories: Option<&Advisories>,
    options: &Options,
    context: &Context,
) -> Report {
    let mut report = Report { subjects: subjects.to_vec(), ..Report::default() };
    report.subjects.sort();
    report.subjects.dedup();
    let mut found = Vec::new();
    match advisories {
        Some(advisories) => {
            report.sources.push(advisories.to_string());
            for subject in &report.subjects {
                advisories.look_up(subject, &mut found, &mut report.gaps);
            }
        }
        None => report.notes.push(
            "CPython, its libraries and wasmtime were not looked for: indexes know only Python packages; \
             give advisories with --advisories"
                .to_owned(),
        ),
    }
    if context.offline {
        report.notes.push("no index was asked: offline".to_owned());
    } else {
        ask_indexes(&mut report, &mut found, context);
    }
    for finding in merge(found) {
        let names = [&finding.id].into_iter().chain(&finding.aliases);
        let ignored = names.into_iter().any(|name| options.ignore.contains(name));
        if ignored { report.ignored.push(finding) } else { report.findings.push(finding) }
    }
    report
}

impl Report {
    /// Whether everyone who was asked has answered.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}

fn ask_indexes(report: &mut Report, found: &mut Vec<Finding>, context: &Context) {
    let packages: Vec<&Subject> =
        report.subjects.iter().filter(|subject| subject.ecosystem == Ecosystem::PyPi).collect();
    if packages.is_empty() {
        return;
    }
    let client = match context.client() {
        Ok(client) => client,
        Err(error) => {
            report.gaps.push(format!("no index could be asked: {}", whole(&error)));
            return;
        }
    };
    report.sources.push(format!("index {}", client.asked()));
    // The first failure stops it: an index that cannot be reached would be waited for with each package again.
    let answers = parallel::map(&packages, |package| client.vulnerabilities(&package.name, &package.version));
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => {
            let count = packages.len();
            report.gaps.push(format!(
                "the index could not be asked about the {count} Python packages: {}",
                whole(&error)
            ));
            return;
        }
    };
    let mut unknown = Vec::new();
    for (package, answer) in packages.iter().zip(answers) {
        match answer {
            Known::Listed(list) => found.extend(list.into_iter().map(|one| listed(package, one))),
            Known::Nothing => unknown.push(format!("{} {}", package.name, package.version)),
        }
    }
    if !unknown.is_empty() {
        report.gaps.push(format!("the index says nothing about vulnerabilities of {}", unknown.join(", ")));
    }
}

fn listed(subject: &Subject, one: Vulnerability) -> Finding {
    Finding {
        subject: subject.clone(),
        id: one.id,
        aliases: one.aliases,
        summary: one.summary.unwrap_or_default(),
        fixed: one.fixed_in,
    }
}

fn whole(error: &crate::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// One finding for each vulnerability, whatever the number of names and sources it came by.
fn merge(found: Vec<Finding>) -> Vec<Finding> {
    let mut groups: Vec<(BTreeSet<String>, Finding)> = Vec::new();
    for finding in found {
        let mut names: BTreeSet<String> = finding.aliases.iter().cloned().collect();
        names.insert(finding.id.clone());
        let mut all = finding;
        // One finding may tie together groups that had nothing in common before.
        let mut others = Vec::new();
        for (known, group) in groups {
            if group.subject == all.subject && !known.is_disjoint(&names) {
                names.extend(known);
                if all.summary.is_empty() {
                    all.summary = group.summary;
                }
                all.fixed.extend(group.fixed);
            } else {
                others.push((known, group));
            }
        }
        others.push((names, all));
        groups = others;
    }
    let mut findings: Vec<Finding> = groups
        .into_iter()
        .map(|(names, finding)| {
            let id = names.iter().min_by_key(|name| (rank(name), *name)).cloned().unwrap_or_default();
            let aliases = names.into_iter().filter(|name| *name != id).collect();
            let fixed: BTreeSet<String> = finding.fixed.into_iter().collect();
            Finding { id, aliases, fixed: fixed.into_iter().collect(), ..finding }
        })
        .collect();
    findings.sort_by(|one, other| (&one.subject, &one.id).cmp(&(&other.subject, &other.id)));
    findings
}

/// Databases whose names come before others: those that are kept by an ecosystem itself.
fn rank(id: &str) -> usize {
    let known = ["PYSEC-", "RUSTSEC-", "PSF-", "GHSA-", "CVE-"];
    known.iter().position(|prefix| id.starts_with(prefix)).unwrap_or(known.len())
}

#[cfg(test)]
mod tests;
