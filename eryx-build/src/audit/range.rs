//! Decides whether an advisory affects a version, by the rules of the OSV schema.

use std::cmp::Ordering;

use pep440_rs::Version as Pep440;
use serde::Deserialize;

use super::ecosystem::Ecosystem;

/// A version with the order of its ecosystem.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum EcosystemVersion {
    Python(Pep440),
    Crate(semver::Version),
}

impl EcosystemVersion {
    /// Parses a version; `None` if the text is not a version.
    pub(super) fn parse(ecosystem: Ecosystem, text: &str) -> Option<Self> {
        match ecosystem {
            // Tags begin with a letter: `v3.14.0`.
            Ecosystem::PyPi | Ecosystem::Generic => text.parse().ok().map(Self::Python),
            Ecosystem::Crates => semver::Version::parse(text).ok().map(Self::Crate),
        }
    }

    fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Python(one), Self::Python(other)) => Some(one.cmp(other)),
            (Self::Crate(one), Self::Crate(other)) => Some(one.cmp_precedence(other)),
            _ => None,
        }
    }

    /// Whether an entry in a list of versions means this version. A local version (`1.0+cpu`) is a build of the public
    /// one.
    pub(super) fn is_named(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Python(one), Self::Python(other)) => one == other || one.clone().without_local() == *other,
            _ => self.order(other) == Some(Ordering::Equal),
        }
    }
}

/// A sequence of versions with the events along it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct AffectedRange {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) repo: String,
    #[serde(default)]
    pub(super) events: Vec<RangeEvent>,
}

/// An event at a version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RangeEvent {
    /// This and later versions are affected. `0` precedes all versions.
    Introduced(String),
    /// This and later versions are not affected.
    Fixed(String),
    /// Later versions are not affected.
    LastAffected(String),
    /// The range makes no statement about this and later versions.
    Limit(String),
}

impl RangeEvent {
    fn version(&self) -> &str {
        let (Self::Introduced(version)
        | Self::Fixed(version)
        | Self::LastAffected(version)
        | Self::Limit(version)) = self;
        version
    }
}

impl AffectedRange {
    /// Whether the version is in the range. `None` if this cannot be decided, because the range is of commits or a
    /// version cannot be parsed.
    pub(super) fn contains(&self, ecosystem: Ecosystem, version: &EcosystemVersion) -> Option<bool> {
        if !matches!(self.kind.as_str(), "ECOSYSTEM" | "SEMVER") {
            return None;
        }
        let mut events = Vec::with_capacity(self.events.len());
        let mut limits = Vec::new();
        for event in &self.events {
            let at = match event.version() {
                // `0` precedes all versions; `*` follows all.
                "0" if matches!(event, RangeEvent::Introduced(_)) => None,
                "*" if matches!(event, RangeEvent::Limit(_)) => continue,
                text => Some(EcosystemVersion::parse(ecosystem, text)?),
            };
            if let RangeEvent::Limit(_) = event {
                limits.extend(at);
            } else {
                events.push((at, event));
            }
        }
        events.sort_by(|(one, _), (other, _)| match (one, other) {
            (Some(one), Some(other)) => one.order(other).unwrap_or(Ordering::Equal),
            (one, other) => one.is_some().cmp(&other.is_some()),
        });
        let mut affected = false;
        for (at, event) in events {
            let order = at.map_or(Some(Ordering::Greater), |at| version.order(&at))?;
            match event {
                RangeEvent::Introduced(_) if order.is_ge() => affected = true,
                RangeEvent::Fixed(_) if order.is_ge() => affected = false,
                RangeEvent::LastAffected(_) if order.is_gt() => affected = false,
                _ => {}
            }
        }
        let within =
            limits.is_empty() || limits.iter().any(|limit| version.order(limit) == Some(Ordering::Less));
        Some(affected && within)
    }

    /// Returns the versions that fix it.
    pub(super) fn fixed(&self) -> impl Iterator<Item = &str> {
        let versions = !matches!(self.kind.as_str(), "GIT");
        self.events.iter().filter_map(move |event| match event {
            RangeEvent::Fixed(version) if versions => Some(version.as_str()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(ecosystem: Ecosystem, events: &str, version: &str) -> Option<bool> {
        let kind = if ecosystem == Ecosystem::Crates { "SEMVER" } else { "ECOSYSTEM" };
        let range: AffectedRange =
            serde_json::from_str(&format!("{{\"type\": \"{kind}\", \"events\": {events}}}")).unwrap();
        range.contains(ecosystem, &EcosystemVersion::parse(ecosystem, version).unwrap())
    }

    #[test]
    fn python_versions_are_ordered_as_pep_440_says() {
        let python = |events, version| contains(Ecosystem::PyPi, events, version);
        let usual = r#"[{"introduced": "0"}, {"fixed": "2.10"}]"#;
        for (version, affected) in [
            ("0.1", true),
            ("2.9", true),
            // A comparison as text would give the opposite.
            ("2.10", false),
            ("2.10rc1", true),
            ("2.10.dev1", true),
            ("2.10.post1", false),
            ("2.9+local", true),
            ("1!0.1", false),
        ] {
            assert_eq!(python(usual, version), Some(affected), "{version}");
        }
        let twice = r#"[{"fixed": "2.3"}, {"introduced": "1.0"}, {"introduced": "2.0"}, {"fixed": "1.5"}]"#;
        for (version, affected) in
            [("0.9", false), ("1.0", true), ("1.5", false), ("2.0a1", false), ("2.0", true), ("2.3", false)]
        {
            assert_eq!(python(twice, version), Some(affected), "{version}");
        }
        let last = r#"[{"introduced": "1.0"}, {"last_affected": "1.4"}]"#;
        assert_eq!(python(last, "1.4"), Some(true));
        assert_eq!(python(last, "1.4.1"), Some(false));
        let open = r#"[{"introduced": "3"}]"#;
        assert_eq!((python(open, "99"), python(open, "2.9")), (Some(true), Some(false)));
        let limit = r#"[{"introduced": "0"}, {"limit": "2"}]"#;
        assert_eq!((python(limit, "1"), python(limit, "2")), (Some(true), Some(false)));
        assert_eq!(python(r#"[{"introduced": "0"}, {"limit": "*"}]"#, "7"), Some(true));
        assert_eq!(python("[]", "1"), Some(false));
        assert_eq!(python(r#"[{"introduced": "what?"}]"#, "1"), None);
    }

    #[test]
    fn crates_are_ordered_as_semver_says() {
        let range = r#"[{"introduced": "0.0.0-0"}, {"fixed": "36.0.7"}, {"introduced": "37.0.0"}, {"fixed": "44.0.1"}]"#;
        for (version, affected) in
            [("36.0.6", true), ("36.0.7", false), ("37.0.0-rc.1", false), ("44.0.0", true), ("48.0.8", false)]
        {
            assert_eq!(contains(Ecosystem::Crates, range, version), Some(affected), "{version}");
        }
    }

    #[test]
    fn commits_say_nothing_of_versions() {
        let range: AffectedRange = serde_json::from_str(
            r#"{"type": "GIT", "repo": "r", "events": [{"introduced": "0"}, {"fixed": "abc"}]}"#,
        )
        .unwrap();
        let version = EcosystemVersion::parse(Ecosystem::Generic, "v3.14.0").unwrap();
        assert_eq!(range.contains(Ecosystem::Generic, &version), None);
        assert_eq!(range.fixed().count(), 0);
    }

    #[test]
    fn lists_name_versions_however_they_are_written() {
        let version = |text| EcosystemVersion::parse(Ecosystem::PyPi, text).unwrap();
        assert!(version("1.0").is_named(&version("1.0.0")));
        assert!(version("1.0+cpu").is_named(&version("1.0")));
        assert!(!version("1.0").is_named(&version("1.0.post1")));
        assert!(version("3.14.0").is_named(&version("v3.14.0")));
    }
}
