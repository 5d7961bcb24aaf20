//! Requirements of one version of a distribution.

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};
use url::Url;

use crate::wheel::{Metadata, Refusal, guest};

/// A requirement in metadata.
pub(super) type MetadataRequirement = pep508_rs::Requirement<Url>;

/// The requirements and the extras of one version of a distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DistributionNeeds {
    lines: Vec<MetadataRequirement>,
    extras: Vec<ExtraName>,
}

impl DistributionNeeds {
    /// Reads metadata, which must be that of `name` and `version`.
    ///
    /// The error is the reason why the version cannot be used, and completes «it cannot be used: …».
    pub(super) fn of(metadata: &Metadata, name: &PackageName, version: &Version) -> Result<Self, String> {
        let same_name = PackageName::new(metadata.name.clone()).is_ok_and(|found| found == *name);
        let same_version = metadata.version.parse::<Version>().is_ok_and(|found| found == *version);
        if !same_name || !same_version {
            return Err(format!("its metadata says that it is {} {}", metadata.name, metadata.version));
        }
        if !guest::accepts(metadata.requires_python.as_deref()) {
            let needs = metadata.requires_python.clone().unwrap_or_default();
            return Err(format!("it {}", Refusal::RequiresPython(needs)));
        }
        let mut lines = Vec::with_capacity(metadata.requires_dist.len());
        for text in &metadata.requires_dist {
            lines.push(guest::requirement(text).map_err(|error| error.to_string())?);
        }
        let extras =
            metadata.provides_extra.iter().filter_map(|extra| ExtraName::new(extra.clone()).ok()).collect();
        Ok(Self { lines, extras })
    }

    /// Returns the requirements that apply in the guest: those without extras, or those that one extra adds.
    pub(super) fn lines(&self, extra: Option<&ExtraName>) -> impl Iterator<Item = &MetadataRequirement> {
        self.lines.iter().filter(move |line| {
            let always = line.marker.evaluate(guest::markers(), &[]);
            match extra {
                None => always,
                Some(extra) => !always && line.marker.evaluate(guest::markers(), std::slice::from_ref(extra)),
            }
        })
    }

    /// Whether the version has that extra.
    pub(super) fn has_extra(&self, extra: &ExtraName) -> bool {
        self.extras.contains(extra)
    }
}
