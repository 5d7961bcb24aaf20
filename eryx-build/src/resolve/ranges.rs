//! Sets of versions: conversion from specifiers and to text.

use std::ops::Bound;

use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};

/// A set of versions.
pub(super) type VersionRange = pubgrub::Ranges<Version>;

/// Converts specifiers to a set. A version without a local part stands for all its local forms: `==1.0` accepts
/// `1.0+cpu`.
pub(super) fn of_specifiers(specifiers: &VersionSpecifiers) -> VersionRange {
    specifiers
        .iter()
        .fold(VersionRange::full(), |range, specifier| range.intersection(&of_specifier(specifier)))
}

fn of_specifier(specifier: &VersionSpecifier) -> VersionRange {
    let version = specifier.version();
    match specifier.operator() {
        Operator::Equal if !version.is_local() => with_locals(version),
        Operator::NotEqual if !version.is_local() => with_locals(version).complement(),
        Operator::LessThanEqual if !version.is_local() => {
            VersionRange::strictly_lower_than(after_locals(version))
        }
        _ => VersionRange::from(specifier.clone()),
    }
}

fn with_locals(version: &Version) -> VersionRange {
    VersionRange::between(version.clone(), after_locals(version))
}

/// Returns the least version above all local forms of this one.
fn after_locals(version: &Version) -> Version {
    let version = version.clone();
    if let Some(dev) = version.dev() {
        version.with_dev(Some(dev + 1))
    } else if let Some(post) = version.post() {
        version.with_post(Some(post + 1)).with_dev(Some(0))
    } else {
        version.with_post(Some(0)).with_dev(Some(0))
    }
}

/// Returns the version, if the set consists of one version, with or without its local forms.
pub(super) fn exact(range: &VersionRange) -> Option<&Version> {
    if let Some(version) = range.as_singleton() {
        return Some(version);
    }
    let mut segments = range.iter();
    let (Some((Bound::Included(low), Bound::Excluded(high))), None) = (segments.next(), segments.next())
    else {
        return None;
    };
    (!low.is_local() && after_locals(low) == *high).then_some(low)
}

/// Whether the set contains a pre-release because a specifier names one: `>=2.0rc1`, `==2.0rc1`. The lower bound of
/// `==2.*` is like `2.dev0`, so such a bound alone does not count.
pub(super) fn asks_for_prerelease(range: &VersionRange, version: &Version) -> bool {
    range.iter().any(|(low, high)| {
        let Bound::Included(low) = low else { return false };
        let below = match high {
            Bound::Unbounded => true,
            Bound::Included(high) => version <= high,
            Bound::Excluded(high) => version < high,
        };
        let asked = low.any_prerelease() && (low.pre().is_some() || low.dev() != Some(0));
        asked && low <= version && below
    })
}

/// Formats the set as it is written after a name: `>=2,<3`, or an empty text for all versions.
pub(super) fn words(range: &VersionRange) -> String {
    let segments: Vec<String> = range.iter().map(|(low, high)| segment(low, high)).collect();
    match segments.as_slice() {
        [] => " in no version".to_owned(),
        [one] => one.clone(),
        _ => {
            // A set with a few excluded versions reads better as exclusions.
            let excluded = range.complement();
            let holes: Option<Vec<String>> = excluded
                .iter()
                .map(|(low, high)| {
                    let hole = VersionRange::from_range_bounds::<_, Version>((low.clone(), high.clone()));
                    exact(&hole).map(|version| format!("!={version}"))
                })
                .collect();
            holes.map_or_else(|| segments.join(" | "), |holes| holes.join(","))
        }
    }
}

fn segment(low: &Bound<Version>, high: &Bound<Version>) -> String {
    let range = VersionRange::from_range_bounds::<_, Version>((low.clone(), high.clone()));
    if let Some(version) = exact(&range) {
        return format!("=={version}");
    }
    let low = match low {
        Bound::Included(version) => Some(format!(">={}", plain(version))),
        Bound::Excluded(version) => Some(format!(">{}", plain(version))),
        Bound::Unbounded => None,
    };
    let high = match high {
        Bound::Included(version) => Some(format!("<={}", plain(version))),
        Bound::Excluded(version) => {
            // The upper bound of `<=1.0`.
            let locals_of = version.clone().with_post(None).with_dev(None);
            if version.post() == Some(0) && version.dev() == Some(0) {
                Some(format!("<={locals_of}"))
            } else {
                Some(format!("<{}", plain(version)))
            }
        }
        Bound::Unbounded => None,
    };
    [low, high].into_iter().flatten().collect::<Vec<_>>().join(",")
}

/// Removes the suffixes that stand for «before any pre-release of it».
fn plain(version: &Version) -> Version {
    let mut version = version.clone();
    if Version::min(&version).is_some() {
        version = version.with_min(None);
    }
    if Version::max(&version).is_some() {
        version = version.with_max(None);
    }
    if version.dev() == Some(0) && version.pre().is_none() { version.with_dev(None) } else { version }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(text: &str) -> VersionRange {
        of_specifiers(&text.parse().unwrap())
    }

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn words_are_those_that_were_written() {
        for text in [
            "",
            ">=2",
            ">=2,<3",
            "==1.0",
            "!=1.5",
            "<=1.0",
            ">1.0",
            "<2",
            "!=1,!=2",
            "==1.0+cpu",
            "==1.0.post1",
        ] {
            assert_eq!(words(&range(text)), text);
        }
        assert_eq!(words(&range("~=1.4")), ">=1.4,<2");
        assert_eq!(words(&range("==1.4.*")), ">=1.4,<1.5");
        assert_eq!(words(&range("<1").union(&range(">=2"))), "<1 | >=2");
    }

    #[test]
    fn local_versions() {
        for (text, taken) in
            [("==1.0", true), ("!=1.0", false), ("<=1.0", true), ("==1.0+cpu", true), ("==1.0+gpu", false)]
        {
            assert_eq!(range(text).contains(&version("1.0+cpu")), taken, "{text}");
        }
        assert!(!range("==1.0").contains(&version("1.0.post1")));
        assert_eq!(exact(&range("==1.0")), Some(&version("1.0")));
        assert_eq!(exact(&range("==1.0.post2")), Some(&version("1.0.post2")));
        assert_eq!(exact(&range(">=1.0,<1.1")), None);
    }

    #[test]
    fn prereleases_that_are_asked_for() {
        for (text, one, asked) in [
            (">=2.0rc1", "2.0rc1", true),
            (">=2.0rc1", "2.1a1", true),
            ("==2.0.dev3", "2.0.dev3", true),
            ("==2.*", "2.0rc1", false),
            ("~=2.0", "2.1rc1", false),
            ("", "2.0rc1", false),
            ("<3.0.0rc1", "2.9a1", false),
        ] {
            assert_eq!(asks_for_prerelease(&range(text), &version(one)), asked, "{text} {one}");
        }
    }

    proptest! {
        /// Specifiers and ranges must agree on whether a version fits.
        #[test]
        fn specifiers_and_ranges_agree(
            release in prop::collection::vec(0u64..4, 1..4),
            suffix in prop::sample::select(vec!["", "a1", "rc2", ".post1", ".dev0", ".dev3", "+x", "rc1.post1"]),
            other in prop::collection::vec(0u64..4, 1..4),
            other_suffix in prop::sample::select(vec!["", "b1", ".post1", ".dev1"]),
            operator in prop::sample::select(vec!["==", "!=", "<=", ">=", "~="]),
        ) {
            let text = |release: &[u64], suffix: &str| {
                release.iter().map(ToString::to_string).collect::<Vec<_>>().join(".") + suffix
            };
            prop_assume!(operator != "~=" || other.len() > 1);
            let specifiers: VersionSpecifiers =
                format!("{operator}{}", text(&other, other_suffix)).parse().unwrap();
            let version = version(&text(&release, suffix));
            prop_assert_eq!(
                of_specifiers(&specifiers).contains(&version),
                specifiers.contains(&version),
                "{} in {}", version, specifiers
            );
        }
    }
}
