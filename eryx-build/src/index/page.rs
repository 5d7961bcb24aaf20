//! The page an index has about a project, as JSON (PEP 691, PEP 700).

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use crate::digest;
use crate::error::{Context as _, Error, Result};

/// One file that an index offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFile {
    /// Name of the file.
    pub filename: String,
    /// Where it is, absolute.
    pub url: Url,
    /// Size in bytes, if the index tells it.
    pub size: Option<u64>,
    /// SHA-256 in lower-case hex, if the index tells it.
    pub sha256: Option<String>,
    /// `Requires-Python`, as written.
    pub requires_python: Option<String>,
    /// Why the file was yanked (PEP 592), empty when no reason was given; `None` when it was not.
    pub yanked: Option<String>,
    /// Whether the wheel's metadata can be had without the wheel (PEP 658).
    pub core_metadata: bool,
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
    #[serde(default, alias = "dist-info-metadata")]
    core_metadata: Option<CoreMetadata>,
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
    Flag(bool),
    Hashes(#[allow(dead_code)] BTreeMap<String, String>),
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
        if file.filename.is_empty() || file.filename.contains(['/', '\\', '\0']) {
            return None;
        }
        Some(ProjectFile {
            filename: file.filename,
            url,
            size: file.size,
            sha256: file
                .hashes
                .get("sha256")
                .map(|hash| hash.to_ascii_lowercase())
                .filter(|hash| digest::is_sha256(hash)),
            requires_python: file.requires_python.filter(|text| !text.trim().is_empty()),
            yanked: match file.yanked {
                None | Some(Yanked::Flag(false)) => None,
                Some(Yanked::Flag(true)) => Some(String::new()),
                Some(Yanked::Reason(reason)) => Some(reason),
            },
            core_metadata: match file.core_metadata {
                None => false,
                Some(CoreMetadata::Flag(flag)) => flag,
                Some(CoreMetadata::Hashes(_)) => true,
            },
        })
    });
    Ok(files.collect())
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
                  "requires-python": ">=3.8", "yanked": "broken", "core-metadata": {{"sha256": "x"}}, "new": 1}},
                {{"filename": "b.whl", "url": "http://files.test/b.whl", "hashes": {{"md5": "x"}}, "yanked": false}},
                {{"filename": "../c.whl", "url": "c.whl", "hashes": {{}}}},
                {{"filename": "d.whl", "url": "file:///etc/passwd", "hashes": {{}}}}]}}"#
        );
        let files = parse(json.as_bytes(), &base).unwrap();
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].url.as_str(), "http://index.test/files/a.whl");
        assert_eq!(files[0].sha256.as_deref(), Some(hash.to_ascii_lowercase().as_str()));
        assert_eq!((files[0].size, files[0].yanked.as_deref()), (Some(5), Some("broken")));
        assert!(files[0].core_metadata);
        assert_eq!((files[1].sha256.as_deref(), files[1].yanked.as_deref()), (None, None));
    }

    #[test]
    fn another_api_is_refused() {
        let base = Url::parse("http://index.test/").unwrap();
        let error = parse(br#"{"meta": {"api-version": "2.0"}, "files": []}"#, &base).unwrap_err();
        assert!(error.to_string().contains("version 2.0"), "{error}");
        assert!(parse(b"<html>", &base).is_err());
    }
}
