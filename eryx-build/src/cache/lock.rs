//! Locks between processes, so that parallel builds do each piece of work once.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::{Context as _, Result};

/// A lock held on one piece of work. Dropping it, or the end of the process however it comes, releases it.
#[derive(Debug)]
#[must_use = "dropping the guard releases the lock"]
pub struct CacheLock {
    _file: File,
}

impl CacheLock {
    /// Waits until nobody else holds the lock of that file.
    pub(super) fn acquire(path: &Path) -> Result<Self> {
        let what = || format!("cannot lock `{}`", path.display());
        loop {
            let file = File::options().create(true).append(true).open(path).context(what)?;
            file.lock().context(what)?;
            if is_current(&file, path) {
                return Ok(Self { _file: file });
            }
            // Pruning removed the file while we waited for it: somebody else may already lock its successor.
        }
    }

    /// Removes a lock file unless somebody holds it.
    pub(super) fn remove_unused(path: &Path) {
        let Ok(file) = File::open(path) else { return };
        if file.try_lock().is_ok() && is_current(&file, path) {
            let _ = fs_err::remove_file(path);
        }
    }
}

/// Whether the path still names the file that is open.
fn is_current(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs_err::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}
