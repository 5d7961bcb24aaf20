//! The data files: packages.toml, written by hand, and expected.toml, written by `expect`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Result, repository};

/// packages.toml: the packages to survey, by requirement name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Packages {
    pub(crate) package: BTreeMap<String, Package>,
}

/// A package to survey.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Package {
    /// The requirement, if it is more than the name.
    requirement: Option<String>,
    /// Modules to import before the start, if they differ from the name.
    imports: Option<Vec<String>>,
    /// A Python program that prints a short result.
    pub(crate) smoke: String,
}

impl Package {
    /// Returns the requirement of the package that is listed as `name`.
    pub(crate) fn requirement<'a>(&'a self, name: &'a str) -> &'a str {
        self.requirement.as_deref().unwrap_or(name)
    }

    pub(crate) fn imports(&self, name: &str) -> Vec<String> {
        self.imports.clone().unwrap_or_else(|| vec![name.to_owned()])
    }
}

/// The output of a smoke program in native CPython.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// Version of the package that printed it.
    pub(crate) version: String,
    /// The output without the line end.
    pub(crate) output: String,
}

/// Returns the path of a file of this package.
pub(crate) fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Returns the path of a page of the repository's documentation.
pub(crate) fn docs(name: &str) -> PathBuf {
    repository().join("docs").join(name)
}

pub(crate) fn packages() -> Result<BTreeMap<String, Package>> {
    read_toml::<Packages>(&file("packages.toml")).map(|packages| packages.package)
}

/// Reads expected.toml; empty if `expect` has never run.
pub(crate) fn expected() -> Result<BTreeMap<String, Expected>> {
    let path = file("expected.toml");
    if path.exists() { read_toml(&path) } else { Ok(BTreeMap::new()) }
}

pub(crate) fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T> {
    toml::from_str(&fs_err::read_to_string(path)?)
        .map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Replaces a file atomically.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = path.parent().ok_or("a file has a folder")?;
    fs_err::create_dir_all(folder)?;
    let mut temp = tempfile::Builder::new()
        .prefix(".survey-")
        // The file gets the permissions that the umask allows.
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    temp.write_all(text.as_bytes())?;
    temp.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_files_are_whole() {
        let (packages, expected) = (packages().unwrap(), expected().unwrap());
        assert!(packages.len() >= 70, "{}", packages.len());
        for (name, package) in &packages {
            assert!(!package.smoke.contains('\n'), "{name}: a smoke program is one line");
            assert!(package.smoke.contains("print") || name == "structlog" || name == "loguru", "{name}");
        }
        for (name, expected) in &expected {
            assert!(packages.contains_key(name), "{name} is expected but not surveyed");
            assert!(!expected.output.is_empty(), "{name}");
        }
    }

    #[test]
    fn names_stand_for_what_is_left_out() {
        let packages: Packages = toml::from_str(
            "[package.a]\nsmoke = 'x'\n[package.b]\nrequirement = 'b[c]<2'\nimports = ['d']\nsmoke = 'y'",
        )
        .unwrap();
        let (a, b) = (&packages.package["a"], &packages.package["b"]);
        assert_eq!((a.requirement("a"), a.imports("a")), ("a", vec!["a".to_owned()]));
        assert_eq!((b.requirement("b"), b.imports("b")), ("b[c]<2", vec!["d".to_owned()]));
        assert!(toml::from_str::<Packages>("[package.a]\nsmoke = 'x'\nimport = []").is_err());
    }

    #[test]
    fn files_are_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/a.md");
        write(&path, "one").unwrap();
        write(&path, "two").unwrap();
        assert_eq!(fs_err::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs_err::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
