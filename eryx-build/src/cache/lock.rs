//! Locks between processes, so that parallel builds do each piece of work once.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::{Context as _, Result};

/// A lock on one piece of work. Dropping it releases it, and so does any end of the process.
#[derive(Debug)]
#[must_use = "dropping the guard releases the lock"]
pub struct CacheLock {
    _file: File,
}

impl CacheLock {
    /// Waits until no other process holds the lock on that file.
    pub(super) fn acquire(path: &Path) -> Result<Self> {
        let what = || format!("cannot lock `{}`", path.display());
        loop {
            let file = File::options().create(true).append(true).open(path).context(what)?;
            file.lock().context(what)?;
            if is_current(&file, path) {
                return Ok(Self { _file: file });
            }
            // Pruning removed the file during the wait, and another process may hold the lock on its successor.
        }
    }

    /// Removes a lock file that is not in use.
    pub(super) fn remove_unused(path: &Path) {
        let Ok(file) = File::open(path) else { return };
        if file.try_lock().is_ok() && is_current(&file, path) {
            let _ = fs_err::remove_file(path);
        }
    }
}

/// Whether the path still leads to the open file.
fn is_current(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs_err::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}
