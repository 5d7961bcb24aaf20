//! One tree of names over the packed tree and the files in memory, and what can be done to a name.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, MetadataHashValue, OpenFlags,
};

use super::content::Content;
use super::memory::{Body, Memory, Quota, Times};
use super::mounts::{Mounts, Target};
use crate::host::wasi::Clocks;
use crate::tree::{Kind, Node, Tree};

/// Time of every packed file: 1980-01-01, the first that zip archives can hold. Real times would make bundles differ.
const PACKED_TIME: Datetime = Datetime { seconds: 315_532_800, nanoseconds: 0 };

/// Most bytes of one read. The guest asks again for more, and cannot make the host allocate what it likes.
pub(super) const READ_PERMIT: u64 = 1 << 20;

type Result<T, E = ErrorCode> = std::result::Result<T, E>;

/// Files in memory, shared by what is open of them.
pub(super) type Shared = Arc<Mutex<Memory>>;

pub(super) fn lock(memory: &Shared) -> MutexGuard<'_, Memory> {
    // Nothing that is done under the lock stops in the middle.
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A folder that mounts lie in.
    Joint(u32),
    /// A node of the packed tree.
    Packed(u32),
    /// A node in memory.
    Memory(u32),
    /// `/dev/null`.
    Null,
}

/// A node in memory that is open: it lives at least as long as this.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) memory: Shared,
    pub(super) node: u32,
}

impl Handle {
    fn new(memory: &Shared, node: u32) -> Result<Self> {
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
    Null(DescriptorFlags),
}

impl Open {
    pub(super) fn place(&self) -> Place {
        match self {
            Self::Joint(number) => Place::Joint(*number),
            Self::Packed(number) => Place::Packed(*number),
            Self::Memory(handle, _) => Place::Memory(handle.node),
            Self::Null(_) => Place::Null,
        }
    }
}

/// What one interpreter sees of files.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(super) tree: Tree,
    pub(super) mounts: Arc<Mounts>,
    pub(crate) quota: Quota,
    /// Made when something in a mount is first asked for: most sandboxes never do.
    pub(super) memory: Option<(Shared, Vec<u32>)>,
    pub(super) clocks: Clocks,
}

impl Namespace {
    pub(crate) fn new(tree: Tree, mounts: Arc<Mounts>, quota: Quota, clocks: Clocks) -> Self {
        Self { tree, mounts, quota, memory: None, clocks }
    }

    /// Where every path begins.
    pub(super) const ROOT: Place = Place::Joint(0);

    /// The files in memory, and the root of each mount.
    fn memory(&mut self) -> (&Shared, &[u32]) {
        let (memory, roots) = self.memory.get_or_insert_with(|| {
            let now = self.clocks.wall();
            let mut memory = Memory::new(self.quota);
            let roots = (0..).zip(&self.mounts.mounts).map(|(number, mount)| {
                let root = memory.root(number, now);
                mount.give_to(&mut memory, root, now);
                root
            });
            let roots = roots.collect();
            (Arc::new(Mutex::new(memory)), roots)
        });
        (memory, roots)
    }

    /// The files in memory; the place is one of them, so they are there.
    fn shared(&mut self) -> Shared {
        Arc::clone(self.memory().0)
    }

    fn packed(&self, number: u32) -> Result<Node<'_>> {
        self.tree.node(number).ok_or(ErrorCode::BadDescriptor)
    }

    fn joint_packed(&self, joint: u32) -> Option<u32> {
        self.mounts.joints[joint as usize].packed
    }

    pub(super) fn is_folder(&mut self, place: Place) -> Result<bool> {
        Ok(match place {
            Place::Joint(_) => true,
            Place::Packed(number) => self.packed(number)?.kind() == Kind::Folder,
            Place::Memory(number) => matches!(lock(&self.shared()).node(number)?.body, Body::Folder(_)),
            Place::Null => false,
        })
    }

    /// What is in a folder under a name.
    fn child(&mut self, folder: Place, name: &str) -> Result<Place> {
        match folder {
            Place::Memory(number) => {
                lock(&self.shared()).child(number, name)?.map(Place::Memory).ok_or(ErrorCode::NoEntry)
            }
            Place::Joint(joint) => match self.mounts.joints[joint as usize].children.get(name) {
                Some(Target::Joint(joint)) => Ok(Place::Joint(*joint)),
                Some(Target::Mount(mount)) => {
                    let mount = *mount;
                    Ok(Place::Memory(self.memory().1[mount]))
                }
                Some(Target::Null) => Ok(Place::Null),
                None => {
                    let packed = self.joint_packed(joint).ok_or(ErrorCode::NoEntry)?;
                    self.child(Place::Packed(packed), name)
                }
            },
            Place::Packed(number) => {
                let child = self.packed(number)?.child(name).ok_or(ErrorCode::NoEntry)?;
                Ok(Place::Packed(child.number()))
            }
            Place::Null => Err(ErrorCode::NotDirectory),
        }
    }

    /// Follows a relative path. There are no links, so `..` is the folder that was walked through, and never leads
    /// out of where the walk began.
    pub(super) fn walk(&mut self, from: Place, path: &str) -> Result<Place> {
        if path.starts_with('/') {
            return Err(ErrorCode::NotPermitted);
        }
        let mut trail = vec![from];
        for name in path.split('/') {
            let here = *trail.last().unwrap_or(&from);
            match name {
                "" | "." => {}
                ".." if trail.len() > 1 => {
                    trail.pop();
                }
                // Only the root is preopened, so the way up from where a walk began leads out.
                ".." => return Err(ErrorCode::NotPermitted),
                _ if !self.is_folder(here)? => return Err(ErrorCode::NotDirectory),
                _ => trail.push(self.child(here, name)?),
            }
        }
        let found = *trail.last().unwrap_or(&from);
        if path.ends_with('/') && !self.is_folder(found)? {
            return Err(ErrorCode::NotDirectory);
        }
        Ok(found)
    }

    /// The folder that the last name of a path is in, and that name. Slashes at the end do not count.
    fn parent<'p>(&mut self, from: Place, path: &'p str) -> Result<(Place, &'p str)> {
        let trimmed = path.trim_end_matches('/');
        let (folders, name) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
        if path.starts_with('/') {
            return Err(ErrorCode::NotPermitted);
        }
        match name {
            "" | "." => return Err(ErrorCode::Invalid),
            ".." => return Err(ErrorCode::NotEmpty),
            _ => {}
        }
        let folder = self.walk(from, folders)?;
        if self.is_folder(folder)? { Ok((folder, name)) } else { Err(ErrorCode::NotDirectory) }
    }

    /// A folder in memory in which something is to be changed, with the name that the change is about. `there` says
    /// what has that name.
    fn changing<'p>(&mut self, from: Place, path: &'p str) -> Result<(u32, &'p str, Option<Place>)> {
        let (folder, name) = self.parent(from, path)?;
        let there = match self.child(folder, name) {
            Ok(place) => Some(place),
            Err(ErrorCode::NoEntry) => None,
            Err(error) => return Err(error),
        };
        match folder {
            Place::Memory(folder) if self.writable(folder)? => Ok((folder, name, there)),
            // The folder of a mount is held by what it is mounted in.
            Place::Joint(_)
                if there.is_some_and(|there| {
                    matches!(there, Place::Memory(_) | Place::Joint(_) | Place::Null)
                }) =>
            {
                Err(ErrorCode::Busy)
            }
            _ => Err(ErrorCode::ReadOnly),
        }
    }

    fn writable(&mut self, number: u32) -> Result<bool> {
        let mount = lock(&self.shared()).node(number)?.mount;
        Ok(self.mounts.mounts[mount].writable)
    }

    pub(super) fn open(&mut self, place: Place, flags: DescriptorFlags) -> Result<Open> {
        Ok(match place {
            Place::Joint(number) => Open::Joint(number),
            Place::Packed(number) => Open::Packed(number),
            Place::Memory(number) => Open::Memory(Handle::new(&self.shared(), number)?, flags),
            Place::Null => Open::Null(flags),
        })
    }

    pub(super) fn open_at(
        &mut self,
        from: Place,
        path: &str,
        how: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<Open> {
        let (creates, truncates) = (how.contains(OpenFlags::CREATE), how.contains(OpenFlags::TRUNCATE));
        if how.contains(OpenFlags::DIRECTORY) && (creates || truncates) {
            return Err(ErrorCode::Invalid);
        }
        let place = match self.walk(from, path) {
            Ok(_) if creates && how.contains(OpenFlags::EXCLUSIVE) => return Err(ErrorCode::Exist),
            Ok(place) => place,
            Err(ErrorCode::NoEntry) if creates => {
                if path.ends_with('/') {
                    return Err(ErrorCode::IsDirectory);
                }
                Place::Memory(self.create(from, path, Body::File(Content::default()))?)
            }
            Err(error) => return Err(error),
        };
        let writes = flags.contains(DescriptorFlags::WRITE) || truncates;
        if self.is_folder(place)? {
            if writes || creates {
                return Err(ErrorCode::IsDirectory);
            }
        } else if how.contains(OpenFlags::DIRECTORY) {
            return Err(ErrorCode::NotDirectory);
        } else if writes {
            match place {
                Place::Memory(number) if self.writable(number)? => {
                    if truncates {
                        let now = self.clocks.wall();
                        lock(&self.shared()).set_length(number, 0, now)?;
                    }
                }
                Place::Null => {}
                // A folder opened with MUTATE_DIRECTORY can be listed; changing it fails when tried.
                _ => return Err(ErrorCode::ReadOnly),
            }
        }
        self.open(place, flags)
    }

    fn create(&mut self, from: Place, path: &str, body: Body) -> Result<u32> {
        let (folder, name, _) = self.changing(from, path)?;
        let now = self.clocks.wall();
        lock(&self.shared()).create(folder, name, body, now)
    }

    pub(super) fn create_folder(&mut self, from: Place, path: &str) -> Result<()> {
        // `os.makedirs(..., exist_ok=True)` relies on being told what is there, where nothing may be made too.
        match self.walk(from, path) {
            Ok(_) => Err(ErrorCode::Exist),
            Err(ErrorCode::NoEntry) => self.create(from, path, Body::folder()).map(drop),
            Err(error) => Err(error),
        }
    }

    pub(super) fn unlink(&mut self, from: Place, path: &str) -> Result<()> {
        let place = self.walk(from, path)?;
        if self.is_folder(place)? {
            return Err(ErrorCode::IsDirectory);
        }
        let (folder, name, _) = self.changing(from, path)?;
        let now = self.clocks.wall();
        lock(&self.shared()).unlink(folder, name, now)
    }

    pub(super) fn remove_folder(&mut self, from: Place, path: &str) -> Result<()> {
        let place = self.walk(from, path)?;
        if !self.is_folder(place)? {
            return Err(ErrorCode::NotDirectory);
        }
        let (folder, name, _) = self.changing(from, path)?;
        let now = self.clocks.wall();
        lock(&self.shared()).remove_folder(folder, name, now)
    }

    /// Which mount a node is in; none for what is packed.
    fn mount(&mut self, place: Place) -> Result<Option<usize>> {
        match place {
            Place::Memory(number) => Ok(Some(lock(&self.shared()).node(number)?.mount)),
            Place::Joint(_) | Place::Packed(_) | Place::Null => Ok(None),
        }
    }

    pub(super) fn rename(&mut self, (from, old): (Place, &str), (to, new): (Place, &str)) -> Result<()> {
        let moved = self.walk(from, old)?;
        if new.ends_with('/') && !self.is_folder(moved)? {
            return Err(ErrorCode::NotDirectory);
        }
        let source = self.parent(from, old)?.0;
        let target = self.parent(to, new)?.0;
        if self.mount(source)? != self.mount(target)? {
            return Err(ErrorCode::CrossDevice);
        }
        let (from, old, _) = self.changing(from, old)?;
        let (to, new, _) = self.changing(to, new)?;
        let now = self.clocks.wall();
        lock(&self.shared()).rename((from, old), (to, new), now)
    }

    /// Refuses to make a link, as a file system does that has none.
    pub(super) fn link(&mut self, from: Place, path: &str) -> Result<()> {
        match self.changing(from, path)? {
            (.., Some(_)) => Err(ErrorCode::Exist),
            (.., None) => Err(ErrorCode::NotPermitted),
        }
    }

    pub(super) fn set_times(
        &mut self,
        place: Place,
        accessed: Option<Duration>,
        modified: Option<Duration>,
    ) -> Result<()> {
        match place {
            Place::Memory(number) if self.writable(number)? => {
                let now = self.clocks.wall();
                lock(&self.shared()).set_times(number, accessed, modified, now)
            }
            _ => Err(ErrorCode::ReadOnly),
        }
    }

    pub(super) fn set_length(&mut self, place: Place, length: u64) -> Result<()> {
        match place {
            Place::Memory(number) => {
                let now = self.clocks.wall();
                lock(&self.shared()).set_length(number, length, now)
            }
            _ => Err(ErrorCode::ReadOnly),
        }
    }

    /// Writes all of `bytes` at `offset`, or at the end, or nothing.
    pub(super) fn write(&mut self, place: Place, offset: Option<u64>, bytes: &[u8]) -> Result<u64> {
        match place {
            Place::Memory(number) => {
                let now = self.clocks.wall();
                lock(&self.shared()).write(number, offset, bytes, now)
            }
            Place::Null => Ok(offset.unwrap_or(0).saturating_add(bytes.len() as u64)),
            _ => Err(ErrorCode::ReadOnly),
        }
    }

    /// At most `length` bytes at `offset`, and at most [`READ_PERMIT`].
    pub(super) fn read(&mut self, place: Place, offset: u64, length: u64) -> Result<Vec<u8>> {
        match place {
            Place::Joint(_) => Err(ErrorCode::IsDirectory),
            Place::Packed(number) => {
                let content = self.packed(number)?.content().ok_or(ErrorCode::IsDirectory)?;
                Ok(part(content, offset, length).to_vec())
            }
            Place::Memory(number) => {
                lock(&self.shared()).read(number, offset, length.min(READ_PERMIT) as usize)
            }
            Place::Null => Ok(Vec::new()),
        }
    }

    pub(super) fn stat(&mut self, place: Place) -> Result<DescriptorStat> {
        let (kind, size, [accessed, modified, changed]) = match place {
            Place::Joint(_) => (DescriptorType::Directory, 0, [PACKED_TIME; 3]),
            Place::Null => (DescriptorType::CharacterDevice, 0, [PACKED_TIME; 3]),
            Place::Packed(number) => {
                let node = self.packed(number)?;
                let size = node.content().map_or(0, |content| content.len() as u64);
                (descriptor_type(node.kind()), size, [PACKED_TIME; 3])
            }
            Place::Memory(number) => {
                let memory = self.shared();
                let memory = lock(&memory);
                let node = memory.node(number)?;
                let Times { accessed, modified, changed } = node.times;
                let (kind, size) = match &node.body {
                    Body::Folder(_) => (DescriptorType::Directory, 0),
                    Body::File(content) => (DescriptorType::RegularFile, content.length()),
                };
                (kind, size, [accessed, modified, changed].map(datetime))
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
    pub(super) fn identity(&mut self, place: Place) -> Result<MetadataHashValue> {
        let packed = |number: u32| u64::from(number) + 1;
        let lower = match place {
            Place::Packed(number) => packed(number),
            Place::Joint(joint) => self.joint_packed(joint).map_or((1 << 62) + u64::from(joint), packed),
            Place::Memory(number) => (1 << 32) + lock(&self.shared()).node(number)?.serial,
            Place::Null => u64::MAX,
        };
        Ok(MetadataHashValue { lower, upper: 0 })
    }

    /// Starts to list a folder.
    pub(super) fn list(&mut self, place: Place) -> Result<Listing> {
        if !self.is_folder(place)? {
            return Err(ErrorCode::NotDirectory);
        }
        Ok(Listing { folder: self.open(place, DescriptorFlags::READ)?, packed: 0, after: None })
    }

    /// The next entry of a folder: its name, and whether it is a folder.
    pub(super) fn next(&mut self, listing: &mut Listing) -> Result<Option<(String, bool)>> {
        let packed = match listing.folder.place() {
            Place::Packed(number) => Some(number),
            Place::Joint(joint) => self.joint_packed(joint),
            Place::Memory(_) | Place::Null => None,
        };
        let hidden = match listing.folder.place() {
            Place::Joint(joint) => Some(&self.mounts.joints[joint as usize].children),
            _ => None,
        };
        if let Some(number) = packed {
            for child in self.packed(number)?.children().skip(listing.packed) {
                listing.packed += 1;
                if hidden.is_none_or(|hidden| !hidden.contains_key(child.name())) {
                    return Ok(Some((child.name().to_owned(), child.kind() == Kind::Folder)));
                }
            }
        }
        let after = listing.after.as_deref();
        let found = match &listing.folder {
            Open::Packed(_) | Open::Null(_) => None,
            Open::Joint(joint) => {
                let children = &self.mounts.joints[*joint as usize].children;
                let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
                children
                    .range::<str, _>((from, std::ops::Bound::Unbounded))
                    .next()
                    .map(|(name, target)| (name.clone(), !matches!(target, Target::Null)))
            }
            Open::Memory(handle, _) => {
                let memory = lock(&handle.memory);
                match memory.next_child(handle.node, after)? {
                    Some((name, number)) => {
                        let folder = matches!(memory.node(number)?.body, Body::Folder(_));
                        Some((name.to_owned(), folder))
                    }
                    None => None,
                }
            }
        };
        if let Some((name, _)) = &found {
            listing.after = Some(name.clone());
        }
        Ok(found)
    }
}

/// A folder being listed. Entries that come or go meanwhile do not disturb it.
#[derive(Debug)]
pub(super) struct Listing {
    folder: Open,
    /// How many packed children were listed.
    packed: usize,
    /// The last name that was listed of those that are not packed.
    after: Option<String>,
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
