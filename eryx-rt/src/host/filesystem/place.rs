//! What a path can lead to, and what can be open.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode};

use super::file_system::OpenFile;
use super::memory::Memory;

type Result<T, E = ErrorCode> = std::result::Result<T, E>;

/// Longest path, in bytes: what Linux has.
pub(super) const LONGEST_PATH: usize = 4096;

/// Longest name of a file, in bytes.
pub(super) const LONGEST_NAME: usize = 255;

pub(super) fn check_name(name: &str) -> Result<()> {
    if name.len() > LONGEST_NAME {
        return Err(ErrorCode::NameTooLong);
    }
    if name.contains('\0') {
        return Err(ErrorCode::Invalid);
    }
    Ok(())
}

/// Files in memory, shared by what is open of them.
pub(super) type Shared = Arc<Mutex<Memory>>;

pub(super) fn lock(memory: &Shared) -> MutexGuard<'_, Memory> {
    // Nothing that is done under the lock stops in the middle.
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A folder that mounts lie in.
    Joint(u32),
    /// A node of the packed tree.
    Packed(u32),
    /// A node in memory.
    Memory(u32),
    /// A path outside of the sandbox, at which there may be something.
    Outside(Spot),
    /// What is open outside of the sandbox.
    Opened(Arc<OpenOutside>),
    /// `/dev/null`.
    Null,
}

/// A path in a mount whose files are outside of the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// Which mount.
    pub(super) mount: usize,
    /// Relative path in it, without anything to resolve in it.
    pub(super) path: Arc<str>,
    /// Whether the path was written with a slash at its end, so that it can only be a folder.
    pub(super) slash: bool,
}

impl Spot {
    /// The folder that is mounted.
    pub(super) fn root(mount: usize) -> Self {
        Self { mount, path: Arc::from(""), slash: false }
    }

    /// What is in it under a name, if it is a folder.
    pub(super) fn child(&self, name: &str) -> Result<Self> {
        check_name(name)?;
        let path = if self.path.is_empty() { name.into() } else { format!("{}/{name}", self.path).into() };
        let spot = Self { mount: self.mount, path, slash: false };
        if spot.path.len() > LONGEST_PATH { Err(ErrorCode::NameTooLong) } else { Ok(spot) }
    }
}

/// A file or folder outside that is open.
#[derive(Debug)]
pub(super) struct OpenOutside {
    pub(super) spot: Spot,
    /// None for a folder.
    pub(super) file: Option<Arc<dyn OpenFile>>,
    pub(super) identity: u64,
}

impl OpenOutside {
    pub(super) fn file(&self) -> Result<&Arc<dyn OpenFile>> {
        self.file.as_ref().ok_or(ErrorCode::IsDirectory)
    }
}

impl PartialEq for OpenOutside {
    fn eq(&self, other: &Self) -> bool {
        (self.spot.mount, self.identity) == (other.spot.mount, other.identity)
    }
}

impl Eq for OpenOutside {}

/// A node in memory that is open: it lives at least as long as this.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) memory: Shared,
    pub(super) node: u32,
}

impl Handle {
    pub(super) fn new(memory: &Shared, node: u32) -> Result<Self> {
        lock(memory).hold(node)?;
        Ok(Self { memory: Arc::clone(memory), node })
    }

    /// The same node, held once more.
    pub(super) fn try_clone(&self) -> Result<Self> {
        Self::new(&self.memory, self.node)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        lock(&self.memory).release(self.node);
    }
}

/// Something open.
#[derive(Debug)]
pub(super) enum Open {
    Joint(u32),
    Packed(u32),
    Memory(Handle, DescriptorFlags),
    Outside(Arc<OpenOutside>, DescriptorFlags),
    Null(DescriptorFlags),
}

impl Open {
    pub(super) fn place(&self) -> Place {
        match self {
            Self::Joint(number) => Place::Joint(*number),
            Self::Packed(number) => Place::Packed(*number),
            Self::Memory(handle, _) => Place::Memory(handle.node),
            Self::Outside(open, _) => Place::Opened(Arc::clone(open)),
            Self::Null(_) => Place::Null,
        }
    }
}
