//! Reads declarations from files and texts.

use std::path::Path;

use super::source::{self, KeyTable, TomlFile};
use super::spec::Spec;
use crate::error::{Error, Result};

/// The example shown when a declaration is missing.
const EXAMPLE: &str = "packages = [\"tabulate\"]\nimports = [\"tabulate\"]";

impl Spec {
    /// Reads `[package.metadata.eryx]` of a `Cargo.toml`.
    ///
    /// # Errors
    /// When the file cannot be read, has no such table, or the table is invalid.
    pub fn from_manifest(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_manifest_if_any(path)?.ok_or_else(|| {
            Error::new(format!("`{}` declares no bundle", path.display()))
                .help(format!("add to it:\n\n[package.metadata.eryx]\n{EXAMPLE}"))
        })
    }

    fn from_manifest_if_any(path: &Path) -> Result<Option<Self>> {
        let file = TomlFile::read(path)?;
        let Some(table) = file.table(&["package", "metadata", "eryx"], "[package.metadata.eryx]")? else {
            return Ok(None);
        };
        Self::from_table(table, path.parent().unwrap_or(Path::new("."))).map(Some)
    }

    /// Reads an `eryx.toml`: the same keys, at the top level.
    ///
    /// # Errors
    /// When the file cannot be read or is invalid.
    pub fn from_toml(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = TomlFile::read(path)?;
        let table =
            file.table(&[], file.name())?.unwrap_or(KeyTable { label: String::new(), entries: Vec::new() });
        Self::from_table(table, path.parent().unwrap_or(Path::new(".")))
    }

    /// Reads the same keys from a JSON object. Relative paths start from `base_dir`.
    ///
    /// # Errors
    /// When the text is not a JSON object or is invalid. The error's [`blamed`](Error::blamed) gives the key and the
    /// item.
    pub fn from_json(json: &str, base_dir: impl AsRef<Path>) -> Result<Self> {
        Self::from_json_of("`embed!`", json, base_dir)
    }

    /// Calls [`from_json`](Self::from_json) for a declaration from another place, which messages call `label`.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn from_json_of(label: &str, json: &str, base_dir: impl AsRef<Path>) -> Result<Self> {
        Self::from_table(source::json(json, label)?, base_dir.as_ref())
    }

    /// Finds the declaration of the crate in `dir`: `eryx.toml` or `[package.metadata.eryx]`.
    ///
    /// # Errors
    /// When both are missing, both exist, or the declaration is invalid.
    pub fn discover(dir: impl AsRef<Path>) -> Result<Self> {
        let dir = dir.as_ref();
        let (toml, manifest) = (dir.join("eryx.toml"), dir.join("Cargo.toml"));
        let in_manifest = if manifest.is_file() { Self::from_manifest_if_any(&manifest)? } else { None };
        match (toml.is_file(), in_manifest) {
            (true, None) => Self::from_toml(&toml),
            (false, Some(spec)) => Ok(spec),
            (true, Some(_)) => Err(Error::new(format!(
                "`{}` has a bundle declared twice: in eryx.toml and in [package.metadata.eryx] of Cargo.toml",
                dir.display()
            ))
            .help("remove one of the two")),
            (false, None) => {
                let error = Error::new(format!("no bundle is declared in `{}`", dir.display()));
                Err(if manifest.is_file() {
                    error.help(format!("add to its Cargo.toml:\n\n[package.metadata.eryx]\n{EXAMPLE}"))
                } else {
                    error.help(format!("write an eryx.toml there:\n\n{EXAMPLE}"))
                })
            }
        }
    }
}
