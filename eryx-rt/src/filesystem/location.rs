//! The targets of paths, and open files and folders.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode};

use super::file_system::OpenFile;
use super::memory::MemoryFiles;
use super::names::{LONGEST_PATH, check_name};
use super::result::Result;

/// The files in memory, shared by all open handles to them.
pub(super) type SharedFiles = Arc<Mutex<MemoryFiles>>;

pub(super) fn lock(memory: &SharedFiles) -> MutexGuard<'_, MemoryFiles> {
    // Operations under the lock do not panic half-way, so a poisoned lock still guards consistent data.
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The location of a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FileLocation {
    /// A folder that contains mount points.
    Joint(u32),
    /// A node of the packed tree.
    Packed(u32),
    /// A node in memory.
    Memory(u32),
    /// A path outside of the sandbox. The path may not exist.
    Outside(OutsidePath),
    /// An open file or folder outside of the sandbox.
    Opened(Arc<OutsideHandle>),
    /// `/dev/null`.
    Null,
}

/// A path in a mount whose files are outside of the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OutsidePath {
    /// The number of the mount.
    pub(super) mount: usize,
    /// The path relative to the mount, without `.`, `..` or empty names.
    pub(super) path: Arc<str>,
    /// Whether the path ended in a slash, and so can only be a folder.
    pub(super) slash: bool,
}

impl OutsidePath {
    /// The mounted folder.
    pub(super) fn root(mount: usize) -> Self {
        Self { mount, path: Arc::from(""), slash: false }
    }

    /// Returns the path of an entry of this folder.
    pub(super) fn child(&self, name: &str) -> Result<Self> {
        check_name(name)?;
        let path = if self.path.is_empty() { name.into() } else { format!("{}/{name}", self.path).into() };
        let outside_path = Self { mount: self.mount, path, slash: false };
        if outside_path.path.len() > LONGEST_PATH { Err(ErrorCode::NameTooLong) } else { Ok(outside_path) }
    }
}

/// An open file or folder outside.
#[derive(Debug)]
pub(super) struct OutsideHandle {
    pub(super) outside_path: OutsidePath,
    /// `None` for a folder.
    pub(super) file: Option<Arc<dyn OpenFile>>,
    pub(super) identity: u64,
}

impl OutsideHandle {
    pub(super) fn file(&self) -> Result<&Arc<dyn OpenFile>> {
        self.file.as_ref().ok_or(ErrorCode::IsDirectory)
    }
}

impl PartialEq for OutsideHandle {
    fn eq(&self, other: &Self) -> bool {
        (self.outside_path.mount, self.identity) == (other.outside_path.mount, other.identity)
    }
}

impl Eq for OutsideHandle {}

/// An open node in memory. The node lives at least as long as this handle.
#[derive(Debug)]
pub(super) struct MemoryHandle {
    pub(super) memory: SharedFiles,
    pub(super) node: u32,
}

impl MemoryHandle {
    pub(super) fn new(memory: &SharedFiles, node: u32) -> Result<Self> {
        lock(memory).hold(node)?;
        Ok(Self { memory: Arc::clone(memory), node })
    }

    /// Returns a second handle to the same node.
    pub(super) fn try_clone(&self) -> Result<Self> {
        Self::new(&self.memory, self.node)
    }
}

impl Drop for MemoryHandle {
    fn drop(&mut self) {
        lock(&self.memory).release(self.node);
    }
}

/// An open file or folder.
#[derive(Debug)]
pub(super) enum OpenNode {
    Joint(u32),
    Packed(u32),
    Memory(MemoryHandle, DescriptorFlags),
    Outside(Arc<OutsideHandle>, DescriptorFlags),
    Null(DescriptorFlags),
}

impl OpenNode {
    pub(super) fn location(&self) -> FileLocation {
        match self {
            Self::Joint(number) => FileLocation::Joint(*number),
            Self::Packed(number) => FileLocation::Packed(*number),
            Self::Memory(handle, _) => FileLocation::Memory(handle.node),
            Self::Outside(open, _) => FileLocation::Opened(Arc::clone(open)),
            Self::Null(_) => FileLocation::Null,
        }
    }
}
