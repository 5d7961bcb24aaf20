//! The content and the path of an `eryx.lock`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::section::Section;

/// Name of the file.
pub const FILE_NAME: &str = "eryx.lock";

/// The version of the format. This is the only version that is read or written.
pub(super) const VERSION: i64 = 1;

/// The content of an `eryx.lock`.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// use eryx_build::lock::LockFile;
///
/// let path = dir.path().join("eryx.lock");
/// assert!(LockFile::read(&path)?.sections.is_empty());
/// std::fs::write(&path, "version = 2\n")?;
/// let error = LockFile::read(&path).unwrap_err();
/// assert!(error.to_string().contains("version 2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockFile {
    /// The bundles, by name.
    pub sections: BTreeMap<String, Section>,
}

/// The path of the lock of a declaration in `dir`.
pub fn path_in(dir: &Path) -> PathBuf {
    dir.join(FILE_NAME)
}
