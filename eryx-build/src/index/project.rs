//! A project of an index: its releases and their files. The derived form is the one that the cache keeps.

use std::collections::HashMap;

use pep440_rs::Version;
use pep508_rs::PackageName;
use serde::{Deserialize, Serialize};

use super::filename;

/// What an index, or several places, have of one project.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Project {
    /// The versions, newest first.
    pub releases: Vec<Release>,
}

/// The files of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The version.
    #[serde(rename = "v")]
    pub version: Version,
    /// Its wheels and sdists.
    #[serde(rename = "f")]
    pub files: Vec<ProjectFile>,
}

/// One file that an index offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectFile {
    /// Name of the file.
    #[serde(rename = "n")]
    pub filename: String,
    /// Where it is, absolute; a `file:` URL for one in a folder of this machine.
    #[serde(rename = "u")]
    pub url: String,
    /// Size in bytes, if the index tells it.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256 in lower-case hex, if the index tells it.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// `Requires-Python`, as written.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub requires_python: Option<String>,
    /// Why the file was yanked (PEP 592), empty when no reason was given; `None` when it was not.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
    /// SHA-256 of the wheel's metadata, if that can be had without the wheel (PEP 658).
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub core_metadata: Option<String>,
    /// When it was uploaded, in microseconds since 1970, if the index tells it (PEP 700).
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub uploaded: Option<i64>,
}

impl Project {
    /// Files by their version. Those with names that say no version are left out: nothing can be done with them.
    pub(super) fn of_files(name: &PackageName, files: impl IntoIterator<Item = ProjectFile>) -> Self {
        let mut releases: HashMap<Version, Vec<ProjectFile>> = HashMap::new();
        for file in files {
            if let Some(version) = filename::version_in(name, &file.filename) {
                releases.entry(version).or_default().push(file);
            }
        }
        let mut releases: Vec<_> =
            releases.into_iter().map(|(version, files)| Release { version, files }).collect();
        releases.sort_by(|one, other| other.version.cmp(&one.version));
        Self { releases }
    }

    /// Puts the files of another place before the own ones.
    pub(super) fn prepend(&mut self, other: Project) {
        for release in other.releases {
            match self.releases.iter_mut().find(|own| own.version == release.version) {
                Some(own) => {
                    own.files.splice(..0, release.files);
                }
                None => self.releases.push(release),
            }
        }
        self.releases.sort_by(|one, other| other.version.cmp(&one.version));
    }

    /// All files, those of newer versions first.
    pub fn files(&self) -> impl Iterator<Item = &ProjectFile> {
        self.releases.iter().flat_map(|release| &release.files)
    }
}
