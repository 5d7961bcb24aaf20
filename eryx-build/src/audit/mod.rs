//! **audit**: known vulnerabilities of the parts of a bundle.
//!
//! An audit has two sources. Advisories on this machine, in the OSV format (JSON), cover Python packages, crates and
//! the parts of the base runtime. The JSON interface of the indexes lists `vulnerabilities` of Python packages.
//! [`AuditReport::gaps`] lists failed look-ups, because an audit without data must not look like an audit without
//! findings.

mod ecosystem;
mod finding;
mod osv;
mod range;
mod report;
mod subject;

pub use self::ecosystem::Ecosystem;
pub use self::finding::Finding;
use self::finding::merge;
pub use self::osv::Advisories;
pub use self::report::AuditReport;
pub use self::subject::{Subject, of_bundle, of_pins};
use crate::context::BuildContext;
use crate::index::{ListedVulnerabilities, Vulnerability};
use crate::parallel;

/// Settings of an audit.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct AuditOptions {
    /// Names of advisories, or their aliases, to ignore.
    pub ignore: Vec<String>,
}

/// Looks up known vulnerabilities of the subjects.
///
/// `context` gives the indexes, which are asked about Python packages unless the context is offline. A failure of an
/// index is not an error, but a gap of the report.
pub fn audit(
    subjects: &[Subject],
    advisories: Option<&Advisories>,
    options: &AuditOptions,
    context: &BuildContext,
) -> AuditReport {
    let mut report = AuditReport { subjects: subjects.to_vec(), ..AuditReport::default() };
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

fn ask_indexes(report: &mut AuditReport, found: &mut Vec<Finding>, context: &BuildContext) {
    let packages: Vec<&Subject> =
        report.subjects.iter().filter(|subject| subject.ecosystem == Ecosystem::PyPi).collect();
    if packages.is_empty() {
        return;
    }
    let client = match context.client() {
        Ok(client) => client,
        Err(error) => {
            report.gaps.push(format!("no index could be asked: {}", error.whole()));
            return;
        }
    };
    report.sources.push(format!("index {}", client.asked()));
    // The first failure stops the look-ups. Otherwise, each package would wait again for an unreachable index.
    let answers = parallel::map(&packages, |package| client.vulnerabilities(&package.name, &package.version));
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => {
            let count = packages.len();
            report.gaps.push(format!(
                "the index could not be asked about the {count} Python packages: {}",
                error.whole()
            ));
            return;
        }
    };
    let mut unknown = Vec::new();
    for (package, answer) in packages.iter().zip(answers) {
        match answer {
            ListedVulnerabilities::Known(list) => {
                found.extend(list.into_iter().map(|one| listed(package, one)));
            }
            ListedVulnerabilities::Unsupported => {
                unknown.push(format!("{} {}", package.name, package.version));
            }
        }
    }
    if !unknown.is_empty() {
        report.gaps.push(format!("no index has data about vulnerabilities of {}", unknown.join(", ")));
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

#[cfg(test)]
mod tests;
