//! The reasons why the files of a project are refused.

use std::fmt::Write as _;

use pep508_rs::PackageName;

use crate::resolve::candidate::FileRefusal;
use crate::resolve::catalog::Catalog;
use crate::resolve::ranges::VersionRange;
use crate::wheel::Refusal;

/// Maximum number of files to list for each project.
const LISTED: usize = 6;

/// Returns the reasons why the newest version in the range cannot be used, file by file.
pub(super) fn refusals(name: &PackageName, range: &VersionRange, catalog: &Catalog<'_>) -> String {
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
    let foreign = |unfit: &FileRefusal| matches!(unfit, FileRefusal::Refused(Refusal::Platform(_)));
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

/// Ranks reasons: those that the user can change come first.
fn severity(unfit: &FileRefusal) -> u8 {
    match unfit {
        FileRefusal::Newer(_) | FileRefusal::Undated => 0,
        FileRefusal::Refused(Refusal::RequiresPython(_) | Refusal::NoHash) => 1,
        FileRefusal::Refused(Refusal::Python(_)) => 2,
        _ => 3,
    }
}

pub(super) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
