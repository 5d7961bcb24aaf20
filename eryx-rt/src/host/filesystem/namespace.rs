//! One tree of names over the packed tree and the files in memory, and what can be done to a name.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, MetadataHashValue,
};

use super::file_system::Metadata;
use super::memory::{Body, Memory, Times};
use super::mounts::{Mounts, Target};
use super::outside;
use super::place::{Handle, LONGEST_PATH, Open, OpenOutside, Place, Shared, Spot, lock};
use super::quota::Quota;
use crate::host::budget::Budget;
use crate::host::wasi::Clocks;
use crate::tree::{Kind, Node, Tree};

/// Time of every packed file: 1980-01-01, the first that zip archives can hold. Real times would make bundles differ.
const PACKED_TIME: Datetime = Datetime { seconds: 315_532_800, nanoseconds: 0 };

/// Most bytes of one read. The guest asks again for more, and cannot make the host allocate what it likes.
pub(super) const READ_PERMIT: u64 = 1 << 20;

type Result<T, E = ErrorCode> = std::result::Result<T, E>;

/// What one interpreter sees of files.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(super) tree: Tree,
    pub(super) mounts: Arc<Mounts>,
    pub(crate) quota: Quota,
    /// Made when something in a mount is first asked for: most sandboxes never do.
    pub(super) memory: Option<(Shared, Vec<u32>)>,
    /// Files outside of the sandbox that were opened for writing, and may still be open.
    pub(super) written: Vec<Weak<OpenOutside>>,
    pub(super) clocks: Clocks,
    /// Listings that are held count against it.
    pub(crate) budget: Budget,
}

impl Namespace {
    pub(crate) fn new(tree: Tree, mounts: Arc<Mounts>, quota: Quota, clocks: Clocks) -> Self {
        Self { tree, mounts, quota, memory: None, written: Vec::new(), clocks, budget: Budget::default() }
    }

    /// Where every path begins.
    pub(super) const ROOT: Place = Place::Joint(0);

    /// The files in memory, and the root of each mount.
    fn memory(&mut self) -> (&Shared, &[u32]) {
        let (memory, roots) = self.memory.get_or_insert_with(|| {
            let now = self.clocks.wall();
            let mut memory = Memory::new(self.quota);
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

    /// The files in memory, and the meter of the quota.
    pub(super) fn shared(&mut self) -> Shared {
        Arc::clone(self.memory().0)
    }

    pub(super) fn packed(&self, number: u32) -> Result<Node<'_>> {
        self.tree.node(number).ok_or(ErrorCode::BadDescriptor)
    }

    fn joint_packed(&self, joint: u32) -> Option<u32> {
        self.mounts.joints[joint as usize].packed
    }

    /// Whether something can be in it. Outside that is not known before it is asked for.
    pub(super) fn is_folder(&mut self, place: &Place) -> Result<bool> {
        Ok(match place {
            Place::Joint(_) | Place::Outside(_) => true,
            Place::Packed(number) => self.packed(*number)?.kind() == Kind::Folder,
            Place::Memory(number) => matches!(lock(&self.shared()).node(*number)?.body, Body::Folder(_)),
            Place::Opened(open) => open.file.is_none(),
            Place::Null => false,
        })
    }

    /// What is in a folder under a name. Outside, what may be there.
    pub(super) fn child(&mut self, folder: &Place, name: &str) -> Result<Place> {
        match folder {
            Place::Memory(number) => {
                lock(&self.shared()).child(*number, name)?.map(Place::Memory).ok_or(ErrorCode::NoEntry)
            }
            Place::Joint(joint) => match self.mounts.joints[*joint as usize].children.get(name) {
                Some(Target::Joint(joint)) => Ok(Place::Joint(*joint)),
                Some(Target::Memory(mount)) => {
                    let mount = *mount;
                    Ok(Place::Memory(self.memory().1[mount]))
                }
                Some(Target::Outside(mount)) => Ok(Place::Outside(Spot::root(*mount))),
                Some(Target::Null) => Ok(Place::Null),
                None => {
                    let packed = self.joint_packed(*joint).ok_or(ErrorCode::NoEntry)?;
                    self.child(&Place::Packed(packed), name)
                }
            },
            Place::Packed(number) => {
                let child = self.packed(*number)?.child(name).ok_or(ErrorCode::NoEntry)?;
                Ok(Place::Packed(child.number()))
            }
            Place::Outside(spot) => Ok(Place::Outside(spot.child(name)?)),
            Place::Opened(open) => Ok(Place::Outside(open.spot.child(name)?)),
            Place::Null => Err(ErrorCode::NotDirectory),
        }
    }

    /// Follows a relative path. `..` is the folder that was walked through, links or not, and never leads out of where
    /// the walk began.
    pub(super) fn walk(&mut self, from: &Place, path: &str) -> Result<Place> {
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
                // Only the root is preopened, so the way up from where a walk began leads out.
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
                Place::Outside(spot) => spot.slash = true,
                found if self.is_folder(found)? => {}
                _ => return Err(ErrorCode::NotDirectory),
            }
        }
        Ok(found)
    }

    pub(super) fn open(&mut self, place: &Place, flags: DescriptorFlags) -> Result<Open> {
        Ok(match place {
            Place::Joint(number) => Open::Joint(*number),
            Place::Packed(number) => Open::Packed(*number),
            Place::Memory(number) => Open::Memory(Handle::new(&self.shared(), *number)?, flags),
            Place::Opened(open) => Open::Outside(Arc::clone(open), flags),
            // It is opened by what it is outside, and that has to be asked.
            Place::Outside(_) => return Err(ErrorCode::BadDescriptor),
            Place::Null => Open::Null(flags),
        })
    }

    /// At most `length` bytes at `offset`, and at most [`READ_PERMIT`].
    pub(super) async fn read(&mut self, place: &Place, offset: u64, length: u64) -> Result<Vec<u8>> {
        let permitted = length.min(READ_PERMIT) as usize;
        match place {
            Place::Joint(_) => Err(ErrorCode::IsDirectory),
            Place::Packed(number) => {
                let content = self.packed(*number)?.content().ok_or(ErrorCode::IsDirectory)?;
                Ok(part(content, offset, length).to_vec())
            }
            Place::Memory(number) => lock(&self.shared()).read(*number, offset, permitted),
            Place::Opened(open) => Ok(outside::read(open, offset, permitted).await?.into()),
            Place::Outside(_) => Err(ErrorCode::BadDescriptor),
            Place::Null => Ok(Vec::new()),
        }
    }

    /// What is at a place; of a link, where `follow` says so, what it leads to.
    pub(super) async fn stat(&mut self, place: &Place, follow: bool) -> Result<DescriptorStat> {
        let (kind, size, [accessed, modified, changed]) = match place {
            Place::Joint(joint) => {
                let packed = self.joint_packed(*joint).and_then(|number| self.tree.node(number));
                (DescriptorType::Directory, 0, [packed.map_or(PACKED_TIME, packed_time); 3])
            }
            Place::Null => (DescriptorType::CharacterDevice, 0, [PACKED_TIME; 3]),
            Place::Packed(number) => {
                let node = self.packed(*number)?;
                let size = node.content().map_or(0, |content| content.len() as u64);
                (descriptor_type(node.kind()), size, [packed_time(node); 3])
            }
            Place::Memory(number) => {
                let memory = self.shared();
                let memory = lock(&memory);
                let node = memory.node(*number)?;
                let Times { accessed, modified, changed } = node.times;
                let (kind, size) = match &node.body {
                    Body::Folder(_) => (DescriptorType::Directory, 0),
                    Body::File(content) => (DescriptorType::RegularFile, content.length()),
                };
                (kind, size, [accessed, modified, changed].map(datetime))
            }
            Place::Outside(_) | Place::Opened(_) => {
                return Ok(outside_stat(&self.outside_at(place, follow).await?.0));
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

    /// What tells one file from all others: the inode number, as it were.
    pub(super) async fn identity(&mut self, place: &Place, follow: bool) -> Result<MetadataHashValue> {
        let packed = |number: u32| u64::from(number) + 1;
        let (upper, lower) = match place {
            Place::Packed(number) => (0, packed(*number)),
            Place::Joint(joint) => {
                (0, self.joint_packed(*joint).map_or((1 << 62) + u64::from(*joint), packed))
            }
            Place::Memory(number) => (0, (1 << 32) + lock(&self.shared()).node(*number)?.serial),
            Place::Opened(open) => (1 + open.spot.mount as u64, open.identity),
            Place::Outside(spot) => (1 + spot.mount as u64, self.outside_at(place, follow).await?.1),
            Place::Null => (0, u64::MAX),
        };
        Ok(MetadataHashValue { lower, upper })
    }

    /// What is at a place outside, and what tells it from others.
    async fn outside_at(&self, place: &Place, follow: bool) -> Result<(Metadata, u64)> {
        match place {
            Place::Opened(open) => match &open.file {
                Some(file) => Ok((file.metadata().await.map_err(outside::code)?, open.identity)),
                None => self.outside_look(&open.spot, true).await,
            },
            Place::Outside(spot) => self.outside_look(spot, follow).await,
            _ => Err(ErrorCode::BadDescriptor),
        }
    }
}

/// Python remembers what is in a folder by the time of its change, and the memory of a sandbox begins with what there
/// was when the bundle was made: where something has been added since, the time is another one.
fn packed_time(node: Node<'_>) -> Datetime {
    let later = if node.is_layered() { 24 * 60 * 60 } else { 0 };
    Datetime { seconds: PACKED_TIME.seconds + later, ..PACKED_TIME }
}

fn outside_stat(metadata: &Metadata) -> DescriptorStat {
    // Python's caches compare times, so that there is one matters more than which.
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

pub(super) fn descriptor_type(kind: Kind) -> DescriptorType {
    match kind {
        Kind::File => DescriptorType::RegularFile,
        Kind::Folder => DescriptorType::Directory,
    }
}

fn datetime(time: Duration) -> Datetime {
    Datetime { seconds: time.as_secs(), nanoseconds: time.subsec_nanos() }
}

/// The bytes that a read of `length` at `offset` gets.
pub(super) fn part(content: &[u8], offset: u64, length: u64) -> &[u8] {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
    let length = length.min(READ_PERMIT) as usize;
    &content[start..content.len().min(start.saturating_add(length))]
}
