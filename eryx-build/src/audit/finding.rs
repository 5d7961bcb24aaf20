//! Findings: vulnerabilities of subjects.

use std::collections::BTreeSet;

use serde::Serialize;

use super::subject::Subject;

/// A vulnerability of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The affected subject.
    #[serde(flatten)]
    pub subject: Subject,
    /// Its name in the best-known database.
    pub id: String,
    /// Its other names, sorted.
    pub aliases: Vec<String>,
    /// A one-line description; empty if no source has one.
    pub summary: String,
    /// Versions that fix it, sorted as text.
    pub fixed: Vec<String>,
}

/// Merges findings about the same vulnerability into one, even if sources use different names for it.
pub(super) fn merge(found: Vec<Finding>) -> Vec<Finding> {
    let mut groups: Vec<(BTreeSet<String>, Finding)> = Vec::new();
    for finding in found {
        let mut names: BTreeSet<String> = finding.aliases.iter().cloned().collect();
        names.insert(finding.id.clone());
        let mut all = finding;
        // One finding may connect several groups through its aliases.
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

/// Returns the preference of a database's names; databases kept by an ecosystem itself come first.
fn rank(id: &str) -> usize {
    let known = ["PYSEC-", "RUSTSEC-", "PSF-", "GHSA-", "CVE-"];
    known.iter().position(|prefix| id.starts_with(prefix)).unwrap_or(known.len())
}
