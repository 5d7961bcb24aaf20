//! Entries of the cache: files and folders.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::{Context as _, Result};

/// Returns the paths in a folder, sorted; an empty list if the folder does not exist.
pub(super) fn children(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs_err::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).context(|| "cannot read the cache"),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.context(|| "cannot read the cache")?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Returns the size of a file, or of all files below a folder, in bytes.
pub(super) fn size(path: &Path) -> u64 {
    match fs_err::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            children(path).unwrap_or_default().iter().map(|child| size(child)).sum()
        }
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    }
}

/// Returns the time since an entry's last use.
pub(super) fn age(path: &Path) -> Option<Duration> {
    let modified = fs_err::symlink_metadata(path).ok()?.modified().ok()?;
    Some(SystemTime::now().duration_since(modified).unwrap_or_default())
}

/// Removes a file or a folder. Returns whether it is gone.
pub(super) fn remove(path: &Path) -> bool {
    if path.is_dir() && !path.is_symlink() {
        fs_err::remove_dir_all(path).is_ok()
    } else {
        fs_err::remove_file(path).is_ok()
    }
}
