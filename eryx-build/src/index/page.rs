//! Parses the page of an index about a project, in JSON (PEP 691, PEP 700).

use std::fmt;
use std::io::{self, Read};

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use url::Url;

use super::filename;
use super::project::ProjectFile;
use super::transfer_error::TransferError;
use crate::error::{Error, Result};
use crate::{bounds, digest};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PageMeta {
    api_version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PageFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: HashesField,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default)]
    requires_python: Option<String>,
    #[serde(default)]
    yanked: Option<YankedField>,
    #[serde(default)]
    core_metadata: Option<CoreMetadataField>,
    #[serde(default)]
    upload_time: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum YankedField {
    Flag(bool),
    Reason(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CoreMetadataField {
    Flag(#[allow(dead_code)] bool),
    Hashes(HashesField),
}

/// Other hashes are ignored.
#[derive(Default, Deserialize)]
struct HashesField {
    #[serde(default)]
    sha256: Option<String>,
}

/// Parses the page at `base`, from which relative URLs start. Files with an invalid name or URL are left out, so that
/// one bad upload does not hide the good ones.
///
/// Each file is reduced to its short form as soon as it is read, so the whole page is never in memory.
pub(super) fn parse(page: impl Read, base: &Url) -> Result<Vec<ProjectFile>, TransferError> {
    let mut deserializer = serde_json::Deserializer::from_reader(page);
    let read = PageSeed { base }.deserialize(&mut deserializer);
    let read = read.and_then(|found| deserializer.end().map(|()| found));
    let (meta, files) = read.map_err(|error| {
        if !error.is_io() {
            return TransferError::Final(
                Error::new("the index's answer is not a project page").because(error),
            );
        }
        let error = io::Error::from(error);
        if bounds::is_too_much(&error) {
            return TransferError::Final(Error::new(format!(
                "the index's answer is larger than {}",
                bounds::size(bounds::PAGE_BYTES)
            )));
        }
        TransferError::Connection(error)
    })?;
    if meta.api_version.split('.').next() != Some("1") {
        let error = Error::new(format!(
            "the index speaks version {} of the index API, eryx knows version 1",
            meta.api_version
        ));
        return Err(error.help("update cargo-eryx").into());
    }
    Ok(files)
}

/// The parser of a page.
struct PageSeed<'b> {
    base: &'b Url,
}

impl<'de> DeserializeSeed<'de> for PageSeed<'_> {
    type Value = (PageMeta, Vec<ProjectFile>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PageSeed<'_> {
    type Value = (PageMeta, Vec<ProjectFile>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `meta` and `files`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut meta, mut files) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "meta" => meta = Some(map.next_value()?),
                "files" => files = Some(map.next_value_seed(FilesSeed { base: self.base })?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let missing = |name| <A::Error as serde::de::Error>::missing_field(name);
        Ok((meta.ok_or_else(|| missing("meta"))?, files.ok_or_else(|| missing("files"))?))
    }
}

/// The parser of the list of files.
struct FilesSeed<'b> {
    base: &'b Url,
}

impl<'de> DeserializeSeed<'de> for FilesSeed<'_> {
    type Value = Vec<ProjectFile>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for FilesSeed<'_> {
    type Value = Vec<ProjectFile>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut files = Vec::new();
        while let Some(file) = items.next_element::<PageFile>()? {
            if files.len() == bounds::PROJECT_FILES {
                return Err(serde::de::Error::custom(format!(
                    "it lists more than {} files",
                    bounds::PROJECT_FILES
                )));
            }
            files.extend(file.short(self.base));
        }
        Ok(files)
    }
}

impl PageFile {
    /// Returns the short form of a file; `None` if the file cannot be used.
    fn short(self, base: &Url) -> Option<ProjectFile> {
        let url = base.join(&self.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        if !filename::is_plain(&self.filename) {
            return None;
        }
        let mut file = ProjectFile {
            filename: self.filename,
            url: url.into(),
            size: self.size,
            sha256: self.hashes.sha256(),
            requires_python: self.requires_python.filter(|text| !text.trim().is_empty()),
            yanked: match self.yanked {
                None | Some(YankedField::Flag(false)) => None,
                Some(YankedField::Flag(true)) => Some(String::new()),
                Some(YankedField::Reason(reason)) => Some(reason),
            },
            core_metadata: match self.core_metadata {
                // Metadata without a hash cannot be checked, so it is not worth a request.
                None | Some(CoreMetadataField::Flag(_)) => None,
                Some(CoreMetadataField::Hashes(hashes)) => hashes.sha256(),
            },
            uploaded: self
                .upload_time
                .and_then(|text| text.parse::<jiff::Timestamp>().ok())
                .map(jiff::Timestamp::as_microsecond),
        };
        // Parsers reserve capacity that these strings do not need.
        file.filename.shrink_to_fit();
        file.url.shrink_to_fit();
        Some(file)
    }
}

impl HashesField {
    fn sha256(self) -> Option<String> {
        self.sha256.map(|hash| hash.to_ascii_lowercase()).filter(|hash| digest::is_sha256(hash))
    }
}

#[cfg(test)]
mod tests {
    use pep508_rs::PackageName;

    use super::*;
    use crate::index::project::Project;

    #[test]
    fn a_page_with_everything() {
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
        let files = read(json.as_bytes()).unwrap();
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
        let error = read(br#"{"meta": {"api-version": "2.0"}, "files": []}"#).unwrap_err();
        assert!(error.contains("version 2.0"), "{error}");
        assert!(read(b"<html>").is_err());
        assert!(read(br#"{"meta": {"api-version": "1.0"}, "files": []} more"#).is_err());
    }

    #[test]
    fn pages_have_a_size_a_depth_and_a_number_of_files() {
        let deep = format!(r#"{{"meta": {{"api-version": "1.0"}}, "x": {}"#, "[".repeat(1_000_000));
        let error = read(deep.as_bytes()).unwrap_err();
        // Unknown values are skipped without recursion.
        assert!(error.contains("EOF while parsing a list"), "{error}");

        // Generated during reading, so it needs no memory.
        let file = br#"{"filename": "six-1.0.tar.gz", "url": "six-1.0.tar.gz"},"#;
        let many = br#"{"meta": {"api-version": "1.0"}, "files": ["#.chain(Again(file, 0));
        let error = text(parse(io::BufReader::new(many), &base()));
        assert!(error.contains("it lists more than 250000 files"), "{error}");

        let long = br#"{"meta": {"api-version": "1.0"}, "x": ["#.chain(Again(b"1,", 0));
        let long = io::BufReader::new(bounds::CappedReader::new(long, bounds::PAGE_BYTES));
        let error = text(parse(long, &base()));
        assert!(error.contains("larger than 128 MiB"), "{error}");
    }

    /// Repeats the same bytes for ever.
    struct Again(&'static [u8], usize);

    impl Read for Again {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(self.0.len() - self.1);
            buffer[..count].copy_from_slice(&self.0[self.1..self.1 + count]);
            self.1 = (self.1 + count) % self.0.len();
            Ok(count)
        }
    }

    fn base() -> Url {
        Url::parse("http://index.test/simple/six/").unwrap()
    }

    fn read(page: &[u8]) -> Result<Vec<ProjectFile>, String> {
        let read = parse(page, &base());
        if read.is_err() { Err(text(read)) } else { Ok(read.unwrap_or_default()) }
    }

    fn text(read: Result<Vec<ProjectFile>, TransferError>) -> String {
        match read {
            Ok(files) => panic!("{} files", files.len()),
            Err(TransferError::Connection(error)) => panic!("{error}"),
            Err(TransferError::Final(error)) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                format!("{error}: {}", cause.unwrap_or_default())
            }
        }
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
