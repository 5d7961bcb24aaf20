//! A project of an index: its releases and their files. The cache stores the derived serialisation.

use std::collections::HashMap;

use pep440_rs::Version;
use pep508_rs::PackageName;
use serde::{Deserialize, Serialize};

use super::filename;

/// The releases of one project, from one or several places.
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
    /// Its absolute URL; a `file:` URL for a file in a folder on this machine.
    #[serde(rename = "u")]
    pub url: String,
    /// Size in bytes, if the index states it.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256 in lower-case hex, if the index states it.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// `Requires-Python`, as written.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub requires_python: Option<String>,
    /// The reason why the file was yanked (PEP 592), empty without a reason; `None` if it was not yanked.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
    /// SHA-256 of the wheel's metadata, if the index serves it as a separate file (PEP 658).
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub core_metadata: Option<String>,
    /// Time of the upload, in microseconds since 1970, if the index states it (PEP 700).
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub uploaded: Option<i64>,
}

impl Project {
    /// Groups files by their version. Files whose names have no version are left out, because they cannot be used.
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

    /// Adds the files of another place before the existing ones.
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

    /// Returns all files, those of newer versions first.
    pub fn files(&self) -> impl Iterator<Item = &ProjectFile> {
        self.releases.iter().flat_map(|release| &release.files)
    }
}
