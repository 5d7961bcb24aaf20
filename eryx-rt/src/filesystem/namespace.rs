//! One tree of names over the packed tree, the files in memory and the files outside, and the operations on names.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, MetadataHashValue,
};

use super::file_system::Metadata;
use super::location::{FileLocation, MemoryHandle, OpenNode, OutsideHandle, OutsidePath, SharedFiles, lock};
use super::memory::{MemoryFiles, NodeBody, NodeTimes};
use super::mounts::{MountTarget, Mounts};
use super::names::LONGEST_PATH;
use super::outside;
use super::quota::Quota;
use super::result::Result;
use crate::budget::Budget;
use crate::clocks::Clocks;
use crate::tree::{Node, NodeKind, Tree};

/// The time of every packed file: 1980-01-01, the earliest time in zip archives. Real times would make bundles
/// irreproducible.
const PACKED_TIME: Datetime = Datetime { seconds: 315_532_800, nanoseconds: 0 };

/// Maximum length of one read. The guest asks again for the rest, and cannot make the host allocate without limit.
pub(super) const READ_PERMIT: u64 = 1 << 20;

/// One interpreter's view of files.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(super) tree: Tree,
    pub(super) mounts: Arc<Mounts>,
    pub(crate) quota: Quota,
    /// The files in memory. They are created on the first access to a mount, which most sandboxes never make.
    pub(super) memory: Option<(SharedFiles, Vec<u32>)>,
    /// Files outside of the sandbox that were opened for writing and may still be open.
    pub(super) written: Vec<Weak<OutsideHandle>>,
    pub(super) clocks: Clocks,
    /// The budget that running listings and the names of files in memory count against.
    pub(crate) budget: Budget,
}

impl Namespace {
    pub(crate) fn new(tree: Tree, mounts: Arc<Mounts>, quota: Quota, clocks: Clocks, budget: Budget) -> Self {
        Self { tree, mounts, quota, memory: None, written: Vec::new(), clocks, budget }
    }

    /// The start of every path.
    pub(super) const ROOT: FileLocation = FileLocation::Joint(0);

    /// Returns the files in memory, and the root of each mount.
    fn memory(&mut self) -> (&SharedFiles, &[u32]) {
        let (memory, roots) = self.memory.get_or_insert_with(|| {
            let now = self.clocks.wall();
            let mut memory = MemoryFiles::new(self.quota, &self.budget);
            let roots = (0..).zip(&self.mounts.memory).map(|(number, mount)| {
                let root = memory.root(number, now);
                mount.give_to(&mut memory, root, now);
                root
            });
            let roots = roots.collect();
            (Arc::new(Mutex::new(memory)), roots)
        });
        (memory, roots)
    }

    /// Returns the files in memory, including the meter of the quota.
    pub(super) fn shared(&mut self) -> SharedFiles {
        Arc::clone(self.memory().0)
    }

    pub(super) fn packed(&self, number: u32) -> Result<Node<'_>> {
        self.tree.node(number).ok_or(ErrorCode::BadDescriptor)
    }

    fn joint_packed(&self, joint: u32) -> Option<u32> {
        self.mounts.joints[joint as usize].packed
    }

    /// Returns whether the location is a folder. A path outside counts as one, because its type is unknown before it is
    /// looked up.
    pub(super) fn is_folder(&mut self, location: &FileLocation) -> Result<bool> {
        Ok(match location {
            FileLocation::Joint(_) | FileLocation::Outside(_) => true,
            FileLocation::Packed(number) => self.packed(*number)?.kind() == NodeKind::Folder,
            FileLocation::Memory(number) => {
                matches!(lock(&self.shared()).node(*number)?.body, NodeBody::Folder(_))
            }
            FileLocation::Opened(open) => open.file.is_none(),
            FileLocation::Null => false,
        })
    }

    /// Returns the location of a folder's entry. Outside, the entry may not exist.
    pub(super) fn child(&mut self, folder: &FileLocation, name: &str) -> Result<FileLocation> {
        match folder {
            FileLocation::Memory(number) => {
                lock(&self.shared()).child(*number, name)?.map(FileLocation::Memory).ok_or(ErrorCode::NoEntry)
            }
            FileLocation::Joint(joint) => match self.mounts.joints[*joint as usize].children.get(name) {
                Some(MountTarget::Joint(joint)) => Ok(FileLocation::Joint(*joint)),
                Some(MountTarget::Memory(mount)) => {
                    let mount = *mount;
                    Ok(FileLocation::Memory(self.memory().1[mount]))
                }
                Some(MountTarget::Outside(mount)) => Ok(FileLocation::Outside(OutsidePath::root(*mount))),
                Some(MountTarget::Null) => Ok(FileLocation::Null),
                None => {
                    let packed = self.joint_packed(*joint).ok_or(ErrorCode::NoEntry)?;
                    self.child(&FileLocation::Packed(packed), name)
                }
            },
            FileLocation::Packed(number) => {
                let child = self.packed(*number)?.child(name).ok_or(ErrorCode::NoEntry)?;
                Ok(FileLocation::Packed(child.number()))
            }
            FileLocation::Outside(outside_path) => Ok(FileLocation::Outside(outside_path.child(name)?)),
            FileLocation::Opened(open) => Ok(FileLocation::Outside(open.outside_path.child(name)?)),
            FileLocation::Null => Err(ErrorCode::NotDirectory),
        }
    }

    /// Resolves a relative path. `..` is the folder that the walk came through, regardless of links, and never leads
    /// above the start of the walk.
    pub(super) fn walk(&mut self, from: &FileLocation, path: &str) -> Result<FileLocation> {
        if path.starts_with('/') {
            return Err(ErrorCode::NotPermitted);
        }
        if path.len() > LONGEST_PATH {
            return Err(ErrorCode::NameTooLong);
        }
        let mut trail = vec![from.clone()];
        for name in path.split('/') {
            let here = trail.last().unwrap_or(from);
            match name {
                "" | "." => {}
                ".." if trail.len() > 1 => {
                    trail.pop();
                }
                // Only the root is preopened, so `..` at the start of a walk leads out of the sandbox.
                ".." => return Err(ErrorCode::NotPermitted),
                _ if !self.is_folder(here)? => return Err(ErrorCode::NotDirectory),
                _ => {
                    let child = self.child(here, name)?;
                    trail.push(child);
                }
            }
        }
        let mut found = trail.pop().unwrap_or_else(|| from.clone());
        if path.ends_with('/') {
            match &mut found {
                FileLocation::Outside(outside_path) => outside_path.slash = true,
                found if self.is_folder(found)? => {}
                _ => return Err(ErrorCode::NotDirectory),
            }
        }
        Ok(found)
    }

    pub(super) fn open(&mut self, location: &FileLocation, flags: DescriptorFlags) -> Result<OpenNode> {
        Ok(match location {
            FileLocation::Joint(number) => OpenNode::Joint(*number),
            FileLocation::Packed(number) => OpenNode::Packed(*number),
            FileLocation::Memory(number) => {
                OpenNode::Memory(MemoryHandle::new(&self.shared(), *number)?, flags)
            }
            FileLocation::Opened(open) => OpenNode::Outside(Arc::clone(open), flags),
            // A file outside is opened by the asynchronous code for paths outside.
            FileLocation::Outside(_) => return Err(ErrorCode::BadDescriptor),
            FileLocation::Null => OpenNode::Null(flags),
        })
    }

    /// Reads up to `length` bytes at `offset`, and at most [`READ_PERMIT`].
    pub(super) async fn read(
        &mut self,
        location: &FileLocation,
        offset: u64,
        length: u64,
    ) -> Result<Vec<u8>> {
        let permitted = length.min(READ_PERMIT) as usize;
        match location {
            FileLocation::Joint(_) => Err(ErrorCode::IsDirectory),
            FileLocation::Packed(number) => {
                let content = self.packed(*number)?.content().ok_or(ErrorCode::IsDirectory)?;
                Ok(part(content, offset, length).to_vec())
            }
            FileLocation::Memory(number) => lock(&self.shared()).read(*number, offset, permitted),
            FileLocation::Opened(open) => Ok(outside::read(open, offset, permitted).await?.into()),
            FileLocation::Outside(_) => Err(ErrorCode::BadDescriptor),
            FileLocation::Null => Ok(Vec::new()),
        }
    }

    /// Returns the metadata of a location. With `follow`, a link is followed.
    pub(super) async fn stat(&mut self, location: &FileLocation, follow: bool) -> Result<DescriptorStat> {
        let (kind, size, [accessed, modified, changed]) = match location {
            FileLocation::Joint(joint) => {
                let packed = self.joint_packed(*joint).and_then(|number| self.tree.node(number));
                (DescriptorType::Directory, 0, [packed.map_or(PACKED_TIME, packed_time); 3])
            }
            FileLocation::Null => (DescriptorType::CharacterDevice, 0, [PACKED_TIME; 3]),
            FileLocation::Packed(number) => {
                let node = self.packed(*number)?;
                let size = node.content().map_or(0, |content| content.len() as u64);
                (descriptor_type(node.kind()), size, [packed_time(node); 3])
            }
            FileLocation::Memory(number) => {
                let memory = self.shared();
                let memory = lock(&memory);
                let node = memory.node(*number)?;
                let NodeTimes { accessed, modified, changed } = node.times;
                let (kind, size) = match &node.body {
                    NodeBody::Folder(_) => (DescriptorType::Directory, 0),
                    NodeBody::File(content) => (DescriptorType::RegularFile, content.length()),
                };
                (kind, size, [accessed, modified, changed].map(datetime))
            }
            FileLocation::Outside(_) | FileLocation::Opened(_) => {
                return Ok(outside_stat(&self.outside_at(location, follow).await?.0));
            }
        };
        Ok(DescriptorStat {
            type_: kind,
            link_count: 1,
            size,
            data_access_timestamp: Some(accessed),
            data_modification_timestamp: Some(modified),
            status_change_timestamp: Some(changed),
        })
    }

    /// Returns a number that is unique to the file, like an inode number.
    pub(super) async fn identity(
        &mut self,
        location: &FileLocation,
        follow: bool,
    ) -> Result<MetadataHashValue> {
        let packed = |number: u32| u64::from(number) + 1;
        let (upper, lower) = match location {
            FileLocation::Packed(number) => (0, packed(*number)),
            FileLocation::Joint(joint) => {
                (0, self.joint_packed(*joint).map_or((1 << 62) + u64::from(*joint), packed))
            }
            FileLocation::Memory(number) => (0, (1 << 32) + lock(&self.shared()).node(*number)?.serial),
            FileLocation::Opened(open) => (1 + open.outside_path.mount as u64, open.identity),
            FileLocation::Outside(outside_path) => {
                (1 + outside_path.mount as u64, self.outside_at(location, follow).await?.1)
            }
            FileLocation::Null => (0, u64::MAX),
        };
        Ok(MetadataHashValue { lower, upper })
    }

    /// Returns the metadata of a location outside, and its identity.
    async fn outside_at(&self, location: &FileLocation, follow: bool) -> Result<(Metadata, u64)> {
        match location {
            FileLocation::Opened(open) => match &open.file {
                Some(file) => Ok((file.metadata().await.map_err(outside::code)?, open.identity)),
                None => self.outside_look(&open.outside_path, true).await,
            },
            FileLocation::Outside(outside_path) => self.outside_look(outside_path, follow).await,
            _ => Err(ErrorCode::BadDescriptor),
        }
    }
}

/// Returns the time of a packed node. Python caches folder listings by the folder's time, and a sandbox starts with the
/// caches from the time when the bundle was made. So a folder that a layer extends has a different time.
fn packed_time(node: Node<'_>) -> Datetime {
    let later = if node.is_layered() { 24 * 60 * 60 } else { 0 };
    Datetime { seconds: PACKED_TIME.seconds + later, ..PACKED_TIME }
}

fn outside_stat(metadata: &Metadata) -> DescriptorStat {
    // Python's caches compare times, so a constant time is better than none.
    let time = |time: Option<SystemTime>| {
        let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Some(since.map_or(PACKED_TIME, datetime))
    };
    DescriptorStat {
        type_: outside::descriptor_type(metadata.kind),
        link_count: metadata.links,
        size: metadata.size,
        data_access_timestamp: time(metadata.accessed),
        data_modification_timestamp: time(metadata.modified),
        status_change_timestamp: time(metadata.changed),
    }
}

pub(super) fn descriptor_type(kind: NodeKind) -> DescriptorType {
    match kind {
        NodeKind::File => DescriptorType::RegularFile,
        NodeKind::Folder => DescriptorType::Directory,
    }
}

fn datetime(time: Duration) -> Datetime {
    Datetime { seconds: time.as_secs(), nanoseconds: time.subsec_nanos() }
}

/// Returns the bytes for a read of `length` at `offset`.
pub(super) fn part(content: &[u8], offset: u64, length: u64) -> &[u8] {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
    let length = length.min(READ_PERMIT) as usize;
    &content[start..content.len().min(start.saturating_add(length))]
}
