//! Requirements that stand in files of other tools: they become items of the declaration, with their places.
//!
//! | key | file |
//! | --- | --- |
//! | `requirements` | a `requirements.txt`, with what it includes: [`requirements`] |
//! | `pyproject` | a `pyproject.toml`: [`pyproject`]; `extras` and `groups` say what of it besides the dependencies |
//! | `pylock` | a `pylock.toml` (PEP 751): [`pylock`] |

mod hashes;
mod pylock;
mod pyproject;
mod requirements;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pep508_rs::PackageName;

pub(crate) use self::hashes::check_hashes;
use super::Spec;
use crate::error::Result;
use crate::lock::folder;

/// What came from other tools' files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Imported {
    /// From which item of `packages` on they come from a key, in the order of the items.
    starts: Vec<(usize, &'static str)>,
    /// All files that were read.
    files: Vec<PathBuf>,
    /// SHA-256 of the files that may stand for a distribution.
    hashes: BTreeMap<PackageName, Vec<String>>,
}

/// What one file gives.
#[derive(Debug, Default)]
struct Found {
    items: Vec<Item>,
    constraints: Vec<Item>,
    files: Vec<PathBuf>,
}

/// A requirement, where it was written, and the hashes beside it.
#[derive(Debug)]
struct Item {
    text: String,
    place: String,
    hashes: Vec<String>,
}

/// The keys with the paths of the files, as declared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Keys {
    pub(super) requirements: Option<String>,
    pub(super) pyproject: Option<String>,
    pub(super) pylock: Option<String>,
    pub(super) extras: Vec<String>,
    pub(super) groups: Vec<String>,
}

impl Imported {
    /// The key that an item of `packages` came from, unless it stands there itself.
    pub(super) fn key_of(&self, index: usize) -> Option<&'static str> {
        self.starts.iter().rev().find(|(start, _)| index >= *start).map(|(_, key)| *key)
    }

    /// How many items of `packages` are the declaration's own, of all `count`.
    pub(super) fn own(&self, count: usize) -> usize {
        self.starts.first().map_or(count, |(start, _)| *start)
    }

    /// Notes that all of them have moved in `packages`.
    pub(super) fn moved(&mut self, by: isize) {
        for (start, _) in &mut self.starts {
            *start = start.saturating_add_signed(by);
        }
    }

    pub(super) fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

/// Reads the files that the keys name, and adds what is in them to the declaration.
pub(super) fn import(spec: &mut Spec, keys: &Keys) -> Result<()> {
    type Read = fn(&Path, &Spec, &Keys) -> Result<Found>;
    let reads: [(&'static str, &Option<String>, Read); 3] = [
        ("requirements", &keys.requirements, requirements::read),
        ("pyproject", &keys.pyproject, pyproject::read),
        ("pylock", &keys.pylock, pylock::read),
    ];
    for (key, path, read) in reads {
        let Some(path) = path else { continue };
        let found = read(&folder::normal(&spec.base_dir.join(path)), spec, keys)
            .map_err(|error| error.blame(key, None))?;
        spec.imported.starts.push((spec.packages.len(), key));
        spec.imported.files.extend(found.files);
        for item in found.items {
            if let Some(name) = super::name_of(&item.text).filter(|_| !item.hashes.is_empty()) {
                spec.imported.hashes.entry(name).or_default().extend(item.hashes);
            }
            spec.places.insert(("packages".to_owned(), Some(spec.packages.len())), item.place);
            spec.packages.push(item.text);
        }
        for item in found.constraints {
            spec.places.insert(("constraints".to_owned(), Some(spec.constraints.len())), item.place);
            spec.constraints.push(item.text);
        }
    }
    if keys.pyproject.is_none() && keys.pylock.is_none() {
        for (key, list) in [("extras", &keys.extras), ("groups", &keys.groups)] {
            if !list.is_empty() {
                let error = crate::Error::new(format!(
                    "`{key}` selects from a pyproject.toml or pylock.toml, and none is declared"
                ));
                return Err(spec.placed(error.help("add pyproject = \"pyproject.toml\""), key, None));
            }
        }
    }
    Ok(())
}

/// A path that starts from `dir`, as an item of the declaration in `base_dir`. Absolute paths and URLs stay as they are.
pub fn path_item(path: &str, dir: &Path, base_dir: &Path) -> String {
    if Path::new(path).is_absolute() || path.contains("://") {
        return path.to_owned();
    }
    let relative = folder::relative(&dir.join(path), base_dir);
    if relative.starts_with("../") { relative } else { format!("./{relative}") }
}

#[cfg(test)]
mod tests;
