//! Reads the zip archive of a wheel. The archive is untrusted input.

use std::collections::BTreeMap;
use std::path::Path;

use crate::bounds::{self, WHEEL_BYTES};
use crate::directory;
use crate::error::{Context as _, Error, Result};

/// Reads the files whose path `wanted` accepts. The names of all entries are checked, those of skipped files too.
pub(super) fn read(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<String, Vec<u8>>> {
    let file = fs_err::File::open(path).context(|| "it cannot be opened")?;
    let mut reader = std::io::BufReader::new(file);
    directory::check(&mut reader)?;
    let mut archive = zip::ZipArchive::new(reader).context(|| "it is not a zip archive")?;
    if archive.has_duplicate_names() {
        return Err(Error::new("it holds two files with the same name"));
    }
    let mut files = BTreeMap::new();
    let mut left = WHEEL_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).context(|| "it is a broken zip archive")?;
        let name = std::str::from_utf8(entry.name_raw())
            .map_err(|_| Error::new(format!("it holds a file whose name is not UTF-8 ({:?})", entry.name())))?
            .to_owned();
        check_name(&name)?;
        if entry.is_symlink() {
            return Err(Error::new(format!("it holds a symbolic link, `{name}`")));
        }
        if entry.is_dir() || !wanted(&name) {
            continue;
        }
        let most = bounds::member(&name);
        let too_big = || {
            if most < WHEEL_BYTES {
                Error::new(format!("`{name}` in it is larger than {}", bounds::size(most)))
            } else {
                Error::new(format!("it unpacks to more than {}", bounds::size(WHEEL_BYTES)))
            }
        };
        // The size in the archive is a claim. A claim above the limit is enough to refuse the archive; a small claim
        // proves no small file.
        if entry.size() > most.min(left) {
            return Err(too_big());
        }
        let bytes = bounds::read(entry, most.min(left));
        let bytes = bytes.context(|| format!("`{name}` in it cannot be read"))?.ok_or_else(too_big)?;
        left -= bytes.len() as u64;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// Refuses names that lead out of the folder they are unpacked to, and names that readers interpret differently.
fn check_name(name: &str) -> Result<()> {
    bounds::path(name)?;
    let inner = name.strip_suffix('/').unwrap_or(name);
    let bad = inner.is_empty()
        || inner.contains(['\\', '\0'])
        || inner.as_bytes().get(1) == Some(&b':')
        || inner.split('/').any(|part| matches!(part, "" | "." | ".."));
    if bad { Err(Error::new(format!("it holds a file with the unsafe name {name:?}"))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "a/b.py", "a/", "..a/b..", "a b/é"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["/etc/passwd", "../a", "a/../b", "a//b", "./a", "", "/", "a\\b", "C:/a", "a\0"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
