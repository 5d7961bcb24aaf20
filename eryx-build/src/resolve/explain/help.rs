//! The next step after a failed resolution.

use std::collections::BTreeMap;

use pep440_rs::Version;
use pep508_rs::PackageName;

use crate::resolve::catalog::Catalog;
use crate::resolve::ranges::VersionRange;

/// Returns the next step.
pub(super) fn help(involved: &BTreeMap<PackageName, VersionRange>, catalog: &Catalog<'_>) -> String {
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
            let newest = catalog.newest(name, &VersionRange::full());
            return match newest {
                Some(newest) => format!("the newest version of {name} that can be used is {newest}"),
                None => format!("the newest existing version of {name} is {last}"),
            };
        }
    }
    // The advice is to do without a package that has no alternatives.
    let hopeless =
        |(name, range): &(&PackageName, &VersionRange)| catalog.newest(name, &range.complement()).is_none();
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
