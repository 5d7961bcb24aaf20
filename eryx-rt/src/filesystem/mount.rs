//! The kinds of mounts.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::content::FileContent;
use super::file_system::FileSystem;
use super::host_folder::HostFolder;
use super::memory::{MemoryFiles, NodeBody};
use crate::error::{ConfigError, Result};

/// A folder that a sandbox mounts: in memory, of the host, or of a custom [`FileSystem`].
///
/// Each interpreter has its own copy of a mount in memory and does not see the writes of others. The initial files are
/// shared until they are written (copy-on-write), so a large one takes memory once. All interpreters of a sandbox share
/// mounts outside of memory.
///
/// ```
/// use eryx_rt::Mount;
/// # fn example() -> eryx_rt::Result<()> {
/// let input = Mount::read_only().with_file("prices.csv", "item,price\nspam,42\n");
/// let models = Mount::host_read_only("/srv/models")?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Mount {
    pub(super) source: MountSource,
}

#[derive(Debug, Clone)]
pub(super) enum MountSource {
    Memory(MemoryMount),
    Outside(OutsideMount),
}

/// A folder in memory, with its initial files.
#[derive(Debug, Clone)]
pub(super) struct MemoryMount {
    pub(super) writable: bool,
    /// The initial files by relative path.
    pub(super) files: BTreeMap<String, Bytes>,
}

/// A folder outside of the sandbox.
#[derive(Debug, Clone)]
pub(super) struct OutsideMount {
    pub(super) files: Arc<dyn FileSystem>,
    pub(super) writable: bool,
    /// The path of a file that the builder tried to add with `with_file`.
    misplaced: Option<String>,
}

impl Mount {
    /// A folder in memory that code in the sandbox can change. Its files count towards
    /// [`Limits::with_file_bytes`](crate::Limits::with_file_bytes).
    pub fn writable() -> Self {
        Self::memory(true)
    }

    /// A read-only folder in memory.
    pub fn read_only() -> Self {
        Self::memory(false)
    }

    fn memory(writable: bool) -> Self {
        Self { source: MountSource::Memory(MemoryMount { writable, files: BTreeMap::new() }) }
    }

    /// A read-only folder of the host: code in the sandbox cannot write, create, rename or remove files in it, nor set
    /// their times. The folder is opened now. The mount keeps this folder, also if it is renamed or replaced later.
    ///
    /// Paths never lead out of the folder. Links within it are followed. Links that lead out of it and absolute links
    /// are errors in Python. Devices, pipes and sockets in it cannot be opened. See [`HostFolder`].
    ///
    /// # Errors
    /// If there is no such folder, or it cannot be opened.
    pub fn host_read_only(path: impl AsRef<Path>) -> Result<Self> {
        Self::host(path.as_ref(), false)
    }

    /// A folder of the host in which code in the sandbox can create, change and remove files.
    ///
    /// Bytes and files that the code adds count towards [`Limits::with_file_bytes`](crate::Limits::with_file_bytes) and
    /// [`Limits::with_files`](crate::Limits::with_files) of its interpreter. Removing them returns their share. The
    /// code cannot create links. Otherwise this is like [`host_read_only`](Self::host_read_only).
    ///
    /// Other programs see the written files. They must trust them no more than the code that wrote them.
    ///
    /// # Errors
    /// If there is no such folder, or it cannot be opened.
    pub fn host_read_write(path: impl AsRef<Path>) -> Result<Self> {
        Self::host(path.as_ref(), true)
    }

    fn host(path: &Path, writable: bool) -> Result<Self> {
        let folder = HostFolder::open(path)
            .map_err(|source| ConfigError::HostFolder { path: path.to_owned(), source })?;
        Ok(Self::outside(Arc::new(folder), writable))
    }

    /// A custom file system. Code in the sandbox can make all changes that the file system allows, within the limits on
    /// files.
    pub fn custom(files: Arc<dyn FileSystem>) -> Self {
        Self::outside(files, true)
    }

    /// A custom file system that is never asked to change a file.
    pub fn custom_read_only(files: Arc<dyn FileSystem>) -> Self {
        Self::outside(files, false)
    }

    fn outside(files: Arc<dyn FileSystem>, writable: bool) -> Self {
        Self { source: MountSource::Outside(OutsideMount { files, writable, misplaced: None }) }
    }

    /// Adds a file to a folder in memory, by its path relative to the folder, for example `en/words.txt`. Creates the
    /// folders in between, and replaces a file with the same path. For a mount outside of memory, building the sandbox
    /// fails.
    pub fn with_file(mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        match &mut self.source {
            MountSource::Memory(memory) => {
                memory.files.insert(path.into(), Bytes::from(bytes.into()));
            }
            MountSource::Outside(outside) => outside.misplaced = Some(path.into()),
        }
        self
    }

    pub(super) fn check(&self) -> Result<(), String> {
        match &self.source {
            MountSource::Memory(memory) => memory.check(),
            MountSource::Outside(OutsideMount { misplaced: Some(path), .. }) => {
                Err(format!("`{path}` cannot be given to a folder that is not in memory"))
            }
            MountSource::Outside(_) => Ok(()),
        }
    }
}

impl MemoryMount {
    /// Adds the initial files to the memory, below `root`.
    pub(super) fn give_to(&self, memory: &mut MemoryFiles, root: u32, now: Duration) {
        for (path, bytes) in self.nodes() {
            let body = bytes
                .map_or_else(NodeBody::folder, |bytes| NodeBody::File(FileContent::Given(bytes.clone())));
            memory.give(root, path, body, self.writable, now);
        }
    }

    /// Iterates over the initial files and their folders. Every folder comes before its entries.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (&str, Option<&Bytes>)> {
        let mut previous = "";
        self.files.iter().flat_map(move |(path, bytes)| {
            // Yields only those parent folders that the previous file did not share.
            let shared = path
                .match_indices('/')
                .take_while(|(end, _)| previous.get(..=*end) == Some(&path[..=*end]))
                .count();
            previous = path;
            let folders = path.match_indices('/').skip(shared).map(|(end, _)| (&path[..end], None));
            folders.chain([(path.as_str(), Some(bytes))])
        })
    }

    fn check(&self) -> Result<(), String> {
        for path in self.files.keys() {
            if !is_plain(path) {
                return Err(format!("`{path}` is not a plain relative path"));
            }
            if path.split('/').any(|name| name.len() > 255) {
                return Err(format!("a name in `{path}` is longer than 255 bytes"));
            }
            if let Some((end, _)) =
                path.match_indices('/').find(|(end, _)| self.files.contains_key(&path[..*end]))
            {
                return Err(format!("`{}` is a file and a folder", &path[..end]));
            }
        }
        Ok(())
    }
}

pub(super) fn is_plain(relative: &str) -> bool {
    !relative.contains('\0') && relative.split('/').all(|name| !matches!(name, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_before_what_is_in_them_and_once() {
        let mut mount = MemoryMount { writable: true, files: BTreeMap::new() };
        for path in ["a/b/c", "a/b-", "a/b/d", "x", "xy/z", "x-/z"] {
            mount.files.insert(path.to_owned(), Bytes::from(path));
        }
        let nodes: Vec<_> = mount.nodes().map(|(path, bytes)| (path, bytes.is_some())).collect();
        let mut seen = std::collections::BTreeSet::new();
        for (path, _) in &nodes {
            assert!(seen.insert(*path), "{path} twice");
            let parent = path.rsplit_once('/').map(|(parent, _)| parent);
            assert!(parent.is_none_or(|parent| seen.contains(parent)), "{path} too early");
        }
        assert_eq!(nodes.iter().filter(|(_, file)| *file).count(), 6);
        assert_eq!(nodes.len(), 6 + 4);
    }
}
