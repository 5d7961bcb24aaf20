//! **lock**: `eryx.lock`, which keeps the answers of the resolver beside the declaration.
//!
//! One file for each folder with declarations, one section in it for each bundle by name. A section holds what was
//! asked for and which file stands for each distribution, so that a build whose declaration has not changed asks no
//! index. `docs/lock.md` describes the format.
//!
//! [`pins`] is what builds call; [`update`] is `cargo eryx lock`; [`add`] and [`remove`] change the declaration too.

mod asked;
mod changes;
mod edit;
mod flow;
pub(crate) mod folder;
#[cfg(fuzzing)]
pub mod fuzzing;
mod local;
mod read;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pep508_rs::PackageName;

pub use self::asked::Asked;
pub use self::changes::Change;
pub use self::edit::{Edited, add, remove};
pub use self::flow::{Locked, Policy, Update, Upgrade, pins, update};
use crate::bounds;
use crate::error::{Context as _, Result};
use crate::resolve::Pin;

/// Name of the file.
pub const FILE_NAME: &str = "eryx.lock";

/// Name of a bundle that neither has one nor belongs to a package.
pub const DEFAULT_NAME: &str = "default";

/// The format that this version writes, and the only one it reads.
const VERSION: i64 = 1;

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

/// What is locked for one bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Version of the Python that it was resolved for.
    pub python: String,
    /// What was asked for.
    pub asked: Asked,
    /// One for each distribution, sorted by name.
    pub pins: Vec<Pin>,
    /// A hash of what says the dependencies of each pin that is a folder.
    pub folders: BTreeMap<PackageName, String>,
}

impl LockFile {
    /// Reads a file; one that does not exist has no sections. Relative paths in it start from its folder.
    ///
    /// # Errors
    /// When it cannot be read, is of another version, or is broken; with the line and what to do.
    pub fn read(path: &Path) -> Result<Self> {
        match bounds::text(path, bounds::LOCK_BYTES) {
            Ok(text) => read::parse(&text, path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).context(|| format!("cannot read `{}`", path.display())),
        }
    }

    /// The file's text, always the same for the same content. `dir` is the folder it will be in.
    pub fn to_text(&self, dir: &Path) -> String {
        write::text(self, dir)
    }

    /// Writes the file, all of it or nothing. Nothing happens if it has this content already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        write::save(self, path).context(|| format!("cannot write `{}`", path.display()))
    }
}

/// The path of the lock of a declaration in `dir`.
pub fn path_in(dir: &Path) -> PathBuf {
    dir.join(FILE_NAME)
}

#[cfg(test)]
mod tests;
