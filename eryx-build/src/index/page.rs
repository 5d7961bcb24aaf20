//! The page an index has about a project, as JSON (PEP 691, PEP 700), and the short form of it that the cache keeps.

use std::collections::{BTreeMap, HashMap};

use pep440_rs::Version;
use pep508_rs::PackageName;
use serde::{Deserialize, Serialize};
use url::Url;

use super::filename;
use crate::digest;
use crate::error::{Context as _, Error, Result};

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

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Page {
    meta: Meta,
    files: Vec<File>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Meta {
    api_version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default)]
    requires_python: Option<String>,
    #[serde(default)]
    yanked: Option<Yanked>,
    #[serde(default)]
    core_metadata: Option<CoreMetadata>,
    #[serde(default)]
    upload_time: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Yanked {
    Flag(bool),
    Reason(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CoreMetadata {
    Flag(#[allow(dead_code)] bool),
    Hashes(BTreeMap<String, String>),
}

/// Reads the page that was found at `base`, which relative URLs start from. Files with a name or URL that cannot
/// be used are left out: one bad upload must not hide the good ones.
pub(super) fn parse(bytes: &[u8], base: &Url) -> Result<Vec<ProjectFile>> {
    let page: Page = serde_json::from_slice(bytes).context(|| "the index's answer is not a project page")?;
    if page.meta.api_version.split('.').next() != Some("1") {
        return Err(Error::new(format!(
            "the index speaks version {} of the index API, eryx knows version 1",
            page.meta.api_version
        ))
        .help("update cargo-eryx"));
    }
    let files = page.files.into_iter().filter_map(|file| {
        let url = base.join(&file.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        if !filename::is_plain(&file.filename) {
            return None;
        }
        Some(ProjectFile {
            filename: file.filename,
            url: url.into(),
            size: file.size,
            sha256: sha256_in(&file.hashes),
            requires_python: file.requires_python.filter(|text| !text.trim().is_empty()),
            yanked: match file.yanked {
                None | Some(Yanked::Flag(false)) => None,
                Some(Yanked::Flag(true)) => Some(String::new()),
                Some(Yanked::Reason(reason)) => Some(reason),
            },
            core_metadata: match file.core_metadata {
                // Metadata that cannot be checked is not worth the request.
                None | Some(CoreMetadata::Flag(_)) => None,
                Some(CoreMetadata::Hashes(hashes)) => sha256_in(&hashes),
            },
            uploaded: file
                .upload_time
                .and_then(|text| text.parse::<jiff::Timestamp>().ok())
                .map(jiff::Timestamp::as_microsecond),
        })
    });
    Ok(files.collect())
}

fn sha256_in(hashes: &BTreeMap<String, String>) -> Option<String> {
    hashes.get("sha256").map(|hash| hash.to_ascii_lowercase()).filter(|hash| digest::is_sha256(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_with_everything() {
        let base = Url::parse("http://index.test/simple/six/").unwrap();
        let hash = "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824";
        let json = format!(
            r#"{{"meta": {{"api-version": "1.3"}}, "name": "six", "versions": [], "files": [
                {{"filename": "a.whl", "url": "../../files/a.whl", "hashes": {{"sha256": "{hash}"}}, "size": 5,
                  "requires-python": ">=3.8", "yanked": "broken", "core-metadata": {{"sha256": "{hash}"}},
                  "upload-time": "2024-01-02T03:04:05.678901Z", "new": 1}},
                {{"filename": "b.whl", "url": "http://files.test/b.whl", "hashes": {{"md5": "x"}}, "yanked": false,
                  "core-metadata": true}},
                {{"filename": "../c.whl", "url": "c.whl", "hashes": {{}}}},
                {{"filename": "d.whl", "url": "file:///etc/passwd", "hashes": {{}}}}]}}"#
        );
        let files = parse(json.as_bytes(), &base).unwrap();
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].url.as_str(), "http://index.test/files/a.whl");
        let lower = hash.to_ascii_lowercase();
        assert_eq!(files[0].sha256.as_deref(), Some(lower.as_str()));
        assert_eq!((files[0].size, files[0].yanked.as_deref()), (Some(5), Some("broken")));
        assert_eq!(files[0].core_metadata.as_deref(), Some(lower.as_str()));
        assert_eq!(files[0].uploaded, Some(1_704_164_645_678_901));
        assert_eq!((files[1].sha256.as_deref(), files[1].yanked.as_deref()), (None, None));
        assert_eq!((files[1].core_metadata.as_deref(), files[1].uploaded), (None, None));
    }

    #[test]
    fn another_api_is_refused() {
        let base = Url::parse("http://index.test/").unwrap();
        let error = parse(br#"{"meta": {"api-version": "2.0"}, "files": []}"#, &base).unwrap_err();
        assert!(error.to_string().contains("version 2.0"), "{error}");
        assert!(parse(b"<html>", &base).is_err());
    }

    #[test]
    fn files_go_to_their_versions() {
        let file = |filename: &str| ProjectFile {
            filename: filename.to_owned(),
            url: format!("http://files.test/{filename}"),
            size: None,
            sha256: None,
            requires_python: None,
            yanked: None,
            core_metadata: None,
            uploaded: None,
        };
        let name = PackageName::new("foo-bar".to_owned()).unwrap();
        let names = [
            "foo_bar-1.9-py3-none-any.whl",
            "foo.bar-1.10.tar.gz",
            "Foo_Bar-1.10.0-py3-none-any.whl",
            "foo-bar-2.0.zip",
            "foo-bar-extra-3.0.tar.gz",
            "foo-bar-2.0.exe",
            "foo-bar-junk.tar.gz",
        ];
        let mut project = Project::of_files(&name, names.map(file));
        let versions = |project: &Project| -> Vec<(String, usize)> {
            project.releases.iter().map(|one| (one.version.to_string(), one.files.len())).collect()
        };
        let expected =
            [("2.0", 1), ("1.10", 2), ("1.9", 1)].map(|(version, count)| (version.to_owned(), count));
        assert_eq!(versions(&project), expected);
        let json = serde_json::to_string(&project).unwrap();
        assert_eq!(serde_json::from_str::<Project>(&json).unwrap(), project);

        project.prepend(Project::of_files(&name, ["foo_bar-1.9.tar.gz", "foo_bar-3.tar.gz"].map(file)));
        assert_eq!(project.releases[0].version.to_string(), "3");
        assert_eq!(project.releases[3].files[0].filename, "foo_bar-1.9.tar.gz");
    }
}
