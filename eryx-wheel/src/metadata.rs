//! The `METADATA` and `WHEEL` files of a wheel, whose format is that of e-mail headers.

use pep440_rs::Version;

use crate::bounds;
use crate::error::{Error, Result};

/// The fields of a distribution's metadata that eryx uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// `Name`, as written.
    pub name: String,
    /// `Version`, as written.
    pub version: String,
    /// `Requires-Dist` lines, as written.
    pub requires_dist: Vec<String>,
    /// `Requires-Python`, as written.
    pub requires_python: Option<String>,
    /// `Provides-Extra` lines, as written.
    pub provides_extra: Vec<String>,
    /// The licence: `License-Expression`, else a short `License`, else the classifiers.
    pub license: Option<String>,
    /// `License-File` lines, as written: paths of licence texts.
    pub license_files: Vec<String>,
}

impl Metadata {
    /// Parses a `METADATA` file.
    ///
    /// # Errors
    /// When it is not UTF-8 or has no name or version.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let headers = headers(bytes)?;
        let all = |key: &str| -> Vec<String> {
            headers.iter().filter(|(name, _)| name == key).map(|(_, value)| value.clone()).collect()
        };
        let one =
            |key: &str| all(key).into_iter().next().filter(|value| !value.is_empty() && value != "UNKNOWN");
        let required =
            |key: &str| one(&key.to_lowercase()).ok_or_else(|| Error::new(format!("METADATA has no {key}")));
        Ok(Self {
            name: required("Name")?,
            version: required("Version")?,
            requires_dist: all("requires-dist"),
            requires_python: one("requires-python"),
            provides_extra: all("provides-extra"),
            license_files: all("license-file"),
            license: license(one("license-expression"), one("license").as_deref(), &all("classifier")),
        })
    }
}

/// Whether the `PKG-INFO` of an sdist states reliably the requirements of its wheel (PEP 643): its metadata version is
/// 2.2 or later, and it declares none of the relevant fields as dynamic.
pub fn is_static(pkg_info: &[u8]) -> bool {
    let Ok(headers) = headers(pkg_info) else { return false };
    let version = headers.iter().find(|(name, _)| name == "metadata-version");
    let version = version.and_then(|(_, version)| version.parse::<Version>().ok());
    let settled = |value: &str| {
        !["requires-dist", "requires-python", "provides-extra"]
            .iter()
            .any(|field| value.eq_ignore_ascii_case(field))
    };
    version.is_some_and(|version| version >= Version::new([2, 2]))
        && headers.iter().filter(|(name, _)| name == "dynamic").all(|(_, value)| settled(value))
}

/// Returns the headers that resolving needs. Most of a metadata file is the text of a README.
///
/// # Errors
/// When it is not UTF-8.
pub fn essence(bytes: &[u8]) -> Result<Vec<u8>> {
    let wanted =
        ["metadata-version", "name", "version", "requires-dist", "requires-python", "provides-extra"];
    let lines = headers(bytes)?
        .into_iter()
        .filter(|(name, _)| wanted.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}\n", value.replace('\n', " ")));
    Ok(lines.collect::<String>().into_bytes())
}

/// Returns names in lower case and values with their continuation lines, up to the first empty line.
pub(super) fn headers(bytes: &[u8]) -> Result<Vec<(String, String)>> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::new("it is not UTF-8"))?;
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in text.lines().take_while(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push('\n');
                // Some tools start continuation lines of a licence text with a bar.
                value.push_str(line.trim().trim_start_matches('|'));
            }
        } else if let Some((name, value)) = line.split_once(':') {
            if headers.len() == bounds::HEADERS {
                return Err(Error::new(format!("it has more than {} headers", bounds::HEADERS)));
            }
            headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
    }
    // A value may begin or end with blank continuation lines.
    Ok(headers.into_iter().map(|(name, value)| (name, value.trim().to_owned())).collect())
}

/// Returns the licence as one line.
fn license(expression: Option<String>, text: Option<&str>, classifiers: &[String]) -> Option<String> {
    let first_line =
        |text: &str| text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
    // The field is meant for a name, but many projects put the whole licence text into it.
    let short = text.filter(|text| !text.contains('\n') && text.len() <= 200).map(str::to_owned);
    let classified = || {
        let names = classifiers.iter().filter_map(|line| line.strip_prefix("License :: "));
        let names: Vec<&str> = names
            .filter_map(|line| line.rsplit(" :: ").next())
            .filter(|name| *name != "OSI Approved")
            .collect();
        (!names.is_empty()).then(|| names.join("; "))
    };
    expression.or(short).or_else(classified).or_else(|| text.and_then(first_line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(rest: &str) -> Metadata {
        Metadata::parse(
            format!("Metadata-Version: 2.4\nName: A_b\nVersion: 1.0\n{rest}\n\nName: body\n").as_bytes(),
        )
        .unwrap()
    }

    #[test]
    fn headers_stop_at_the_body() {
        let metadata = parse("Requires-Dist: x>=1\nrequires-dist: y ; extra == 'z'\nRequires-Python: >=3.8");
        assert_eq!((metadata.name.as_str(), metadata.version.as_str()), ("A_b", "1.0"));
        assert_eq!(metadata.requires_dist, ["x>=1", "y ; extra == 'z'"]);
        assert_eq!(metadata.requires_python.as_deref(), Some(">=3.8"));
        assert!(Metadata::parse(b"Name: x\n").unwrap_err().to_string().contains("no Version"));
        assert!(Metadata::parse(b"Name: \xff\n").is_err());
    }

    #[test]
    fn sdists_may_promise() {
        for (text, promised) in [
            ("Metadata-Version: 2.2\nName: x\n", true),
            ("Metadata-Version: 2.4\nDynamic: License-File\nDynamic: version\n", true),
            ("Metadata-Version: 2.10\n", true),
            ("Metadata-Version: 2.1\n", false),
            ("Metadata-Version: 2.4\nDynamic: requires-dist\n", false),
            ("Metadata-Version: 2.4\nDynamic: Requires-Python\n", false),
            ("Name: x\n", false),
        ] {
            assert_eq!(is_static(text.as_bytes()), promised, "{text}");
        }
    }

    #[test]
    fn the_essence_is_metadata() {
        let text = "Metadata-Version: 2.4\nName: x\nVersion: 1\nSummary: s\nRequires-Dist: a ;\n  b\nProvides-Extra: e\n\nReadme";
        let short = essence(text.as_bytes()).unwrap();
        assert!(!String::from_utf8_lossy(&short).contains("Readme"));
        let (one, other) = (Metadata::parse(text.as_bytes()).unwrap(), Metadata::parse(&short).unwrap());
        assert_eq!(
            (one.name, one.version, one.provides_extra),
            (other.name, other.version, other.provides_extra)
        );
        assert_eq!(other.requires_dist, ["a ; b"]);
    }

    #[test]
    fn a_value_of_empty_lines_is_none() {
        // The short form in the cache would otherwise lack a version.
        let error = Metadata::parse(b"Name: x\nVersion:\n  \n").unwrap_err();
        assert!(error.to_string().contains("no Version"), "{error}");
        let metadata = parse("Requires-Python:\n >=3.8\n ");
        assert_eq!(metadata.requires_python.as_deref(), Some(">=3.8"));
    }

    #[test]
    fn licences() {
        for (rest, license) in [
            ("License-Expression: MIT\nLicense: BSD", Some("MIT")),
            ("License: BSD\nClassifier: License :: OSI Approved :: MIT License", Some("BSD")),
            (
                "License: Long\n        text\nClassifier: License :: OSI Approved :: MIT License",
                Some("MIT License"),
            ),
            ("License: First line\n        second", Some("First line")),
            ("License: UNKNOWN\nClassifier: License :: OSI Approved", None),
            (
                "Classifier: License :: Public Domain\nClassifier: License :: OSI Approved :: X",
                Some("Public Domain; X"),
            ),
            ("", None),
        ] {
            assert_eq!(parse(rest).license.as_deref(), license, "{rest}");
        }
    }
}
