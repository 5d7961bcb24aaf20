//! Requirements in files of other tools, which become items of the declaration with their places.
//!
//! | key | file |
//! | --- | --- |
//! | `requirements` | a `requirements.txt` and the files it includes: [`requirements`] |
//! | `pyproject` | a `pyproject.toml`: [`pyproject`]; `extras` and `groups` add more than its dependencies |
//! | `pylock` | a `pylock.toml` (PEP 751): [`pylock`] |

mod contents;
mod hashes;
mod keys;
mod pylock;
mod pyproject;
mod record;
mod requirements;

use std::path::Path;

use self::contents::ImportedContents;
pub(crate) use self::hashes::check_hashes;
pub(super) use self::keys::ImportKeys;
pub(super) use self::record::ImportRecord;
use super::item::name_of;
use super::spec::Spec;
use crate::error::{Error, Result};
use crate::paths;

/// Reads the files that the keys name, and adds their requirements to the declaration.
pub(super) fn import(spec: &mut Spec, keys: &ImportKeys) -> Result<()> {
    type Read = fn(&Path, &Spec, &ImportKeys) -> Result<ImportedContents>;
    let reads: [(&'static str, &Option<String>, Read); 3] = [
        ("requirements", &keys.requirements, requirements::read),
        ("pyproject", &keys.pyproject, pyproject::read),
        ("pylock", &keys.pylock, pylock::read),
    ];
    for (key, path, read) in reads {
        let Some(path) = path else { continue };
        let found = read(&paths::normal(&spec.base_dir.join(path)), spec, keys)
            .map_err(|error| error.blame(key, None))?;
        spec.imported.starts.push((spec.packages.len(), key));
        spec.imported.files.extend(found.files);
        for item in found.items {
            if let Some(name) = name_of(&item.text).filter(|_| !item.hashes.is_empty()) {
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
                let error = Error::new(format!(
                    "`{key}` selects from a pyproject.toml or pylock.toml, but neither is declared"
                ));
                return Err(spec.placed(error.help("add pyproject = \"pyproject.toml\""), key, None));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
