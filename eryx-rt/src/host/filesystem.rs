//! `wasi:filesystem` over the packed tree: one preopened folder, `/`, that is read-only.
//!
//! The types of the interface come from wasmtime-wasi's bindings, so the resource type `descriptor` is named after its
//! `Descriptor`. No such value is ever made: a handle's number is that of an [`Open`] in the resource table, and the
//! table checks the type on every look-up.

use bytes::Bytes;
use wasmtime::component::{HasSelf, Linker, Resource};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, FsError, FsResult, InputStream, Pollable, StreamError, StreamResult,
};

use super::HostState;
use crate::tree::{Kind, Node, Tree};

use types::{
    Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, DirectoryEntryStream,
};
use types::{ErrorCode, Filesize, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags};

/// Time of every file: 1980-01-01, the first that zip archives can hold. Real times would make bundles differ.
const FILE_TIME: Datetime = Datetime { seconds: 315_532_800, nanoseconds: 0 };

/// Most bytes of one read. The guest asks again for more, and cannot make the host allocate what it likes.
const READ_PERMIT: u64 = 1 << 20;

/// An open file or folder: the number of its node.
struct Open(u32);

/// A folder being listed: the number of its node, and of the next child.
struct Listing {
    folder: u32,
    next: usize,
}

pub(super) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    preopens::add_to_linker::<_, HasSelf<_>>(linker, |state| state)
}

impl HostState {
    fn open(&self, descriptor: &Resource<Descriptor>) -> FsResult<Node<'_>> {
        let open = self.table.get(&Resource::<Open>::new_borrow(descriptor.rep()))?;
        Ok(self.tree.node(open.0).ok_or(ErrorCode::BadDescriptor)?)
    }

    /// Opens a node, as a resource that goes by the bindings' name.
    fn push(&mut self, number: u32) -> FsResult<Resource<Descriptor>> {
        let open = self.table.push(Open(number))?;
        Ok(Resource::new_own(open.rep()))
    }

    fn at(&self, folder: &Resource<Descriptor>, path: &str) -> FsResult<Node<'_>> {
        Ok(walk(&self.tree, self.open(folder)?, path)?)
    }
}

/// Follows a relative path. There are no links, so `..` is the folder that was walked through, and never leaves the root.
fn walk<'t>(tree: &'t Tree, from: Node<'t>, path: &str) -> Result<Node<'t>, ErrorCode> {
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
            _ if here.kind() == Kind::File => return Err(ErrorCode::NotDirectory),
            _ => trail.push(here.child(name).ok_or(ErrorCode::NoEntry)?),
        }
    }
    let found = *trail.last().unwrap_or(&from);
    if path.ends_with('/') && found.kind() == Kind::File {
        return Err(ErrorCode::NotDirectory);
    }
    debug_assert!(tree.node(found.number()).is_some());
    Ok(found)
}

fn stat(node: Node<'_>) -> DescriptorStat {
    DescriptorStat {
        type_: descriptor_type(node),
        link_count: 1,
        size: node.content().map_or(0, |content| content.len() as u64),
        data_access_timestamp: Some(FILE_TIME),
        data_modification_timestamp: Some(FILE_TIME),
        status_change_timestamp: Some(FILE_TIME),
    }
}

fn descriptor_type(node: Node<'_>) -> DescriptorType {
    match node.kind() {
        Kind::File => DescriptorType::RegularFile,
        Kind::Folder => DescriptorType::Directory,
    }
}

fn identity(node: Node<'_>) -> MetadataHashValue {
    MetadataHashValue { lower: u64::from(node.number()) + 1, upper: 0 }
}

/// What every attempt to change something gets.
fn read_only<T>() -> FsResult<T> {
    Err(FsError::from(ErrorCode::ReadOnly))
}

impl preopens::Host for HostState {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let root = self.push(0).map_err(|error| wasmtime::format_err!("{error:?}"))?;
        Ok(vec![(root, "/".to_owned())])
    }
}

impl types::Host for HostState {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }

    fn filesystem_error_code(&mut self, _: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        // Streams over memory fail in no way that has a code.
        Ok(None)
    }
}

impl types::HostDescriptor for HostState {
    fn read_via_stream(
        &mut self,
        file: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynInputStream>> {
        let node = self.open(&file)?;
        if node.kind() == Kind::Folder {
            return Err(ErrorCode::IsDirectory.into());
        }
        let stream: DynInputStream =
            Box::new(FileStream { tree: self.tree.clone(), file: node.number(), at: offset });
        Ok(self.table.push(stream)?)
    }

    fn write_via_stream(
        &mut self,
        _: Resource<Descriptor>,
        _: Filesize,
    ) -> FsResult<Resource<DynOutputStream>> {
        read_only()
    }

    fn append_via_stream(&mut self, _: Resource<Descriptor>) -> FsResult<Resource<DynOutputStream>> {
        read_only()
    }

    async fn advise(
        &mut self,
        _: Resource<Descriptor>,
        _: Filesize,
        _: Filesize,
        _: types::Advice,
    ) -> FsResult<()> {
        Ok(())
    }

    async fn sync_data(&mut self, _: Resource<Descriptor>) -> FsResult<()> {
        Ok(())
    }

    async fn get_flags(&mut self, _: Resource<Descriptor>) -> FsResult<DescriptorFlags> {
        Ok(DescriptorFlags::READ)
    }

    async fn get_type(&mut self, descriptor: Resource<Descriptor>) -> FsResult<DescriptorType> {
        Ok(descriptor_type(self.open(&descriptor)?))
    }

    async fn set_size(&mut self, _: Resource<Descriptor>, _: Filesize) -> FsResult<()> {
        read_only()
    }

    async fn set_times(&mut self, _: Resource<Descriptor>, _: NewTimestamp, _: NewTimestamp) -> FsResult<()> {
        read_only()
    }

    async fn read(
        &mut self,
        file: Resource<Descriptor>,
        length: Filesize,
        offset: Filesize,
    ) -> FsResult<(Vec<u8>, bool)> {
        let content = self.open(&file)?.content().ok_or(ErrorCode::IsDirectory)?;
        let part = part(content, offset, length);
        // The end is reported with the read that gets nothing, as `read(2)` does.
        Ok((part.to_vec(), part.is_empty()))
    }

    async fn write(&mut self, _: Resource<Descriptor>, _: Vec<u8>, _: Filesize) -> FsResult<Filesize> {
        read_only()
    }

    async fn read_directory(
        &mut self,
        folder: Resource<Descriptor>,
    ) -> FsResult<Resource<DirectoryEntryStream>> {
        let node = self.open(&folder)?;
        if node.kind() == Kind::File {
            return Err(ErrorCode::NotDirectory.into());
        }
        let folder = node.number();
        let listing = self.table.push(Listing { folder, next: 0 })?;
        Ok(Resource::new_own(listing.rep()))
    }

    async fn sync(&mut self, _: Resource<Descriptor>) -> FsResult<()> {
        Ok(())
    }

    async fn create_directory_at(&mut self, folder: Resource<Descriptor>, path: String) -> FsResult<()> {
        // `os.makedirs(..., exist_ok=True)` relies on the difference.
        match self.at(&folder, &path) {
            Ok(_) => Err(ErrorCode::Exist.into()),
            Err(_) => read_only(),
        }
    }

    async fn stat(&mut self, descriptor: Resource<Descriptor>) -> FsResult<DescriptorStat> {
        Ok(stat(self.open(&descriptor)?))
    }

    async fn stat_at(
        &mut self,
        folder: Resource<Descriptor>,
        _: PathFlags,
        path: String,
    ) -> FsResult<DescriptorStat> {
        Ok(stat(self.at(&folder, &path)?))
    }

    async fn set_times_at(
        &mut self,
        _: Resource<Descriptor>,
        _: PathFlags,
        _: String,
        _: NewTimestamp,
        _: NewTimestamp,
    ) -> FsResult<()> {
        read_only()
    }

    async fn link_at(
        &mut self,
        _: Resource<Descriptor>,
        _: PathFlags,
        _: String,
        _: Resource<Descriptor>,
        _: String,
    ) -> FsResult<()> {
        read_only()
    }

    async fn open_at(
        &mut self,
        folder: Resource<Descriptor>,
        _: PathFlags,
        path: String,
        how: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        let number = match self.at(&folder, &path) {
            Ok(node) => {
                if how.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE) {
                    return Err(ErrorCode::Exist.into());
                }
                if how.contains(OpenFlags::DIRECTORY) && node.kind() == Kind::File {
                    return Err(ErrorCode::NotDirectory.into());
                }
                let writes = flags.contains(DescriptorFlags::WRITE) || how.contains(OpenFlags::TRUNCATE);
                match node.kind() {
                    Kind::Folder if writes => return Err(ErrorCode::IsDirectory.into()),
                    Kind::File if writes => return read_only(),
                    // A folder opened with MUTATE_DIRECTORY can be listed; changing it fails when tried.
                    Kind::Folder | Kind::File => {}
                }
                node.number()
            }
            Err(_) if how.contains(OpenFlags::CREATE) => return read_only(),
            Err(error) => return Err(error),
        };
        self.push(number)
    }

    async fn readlink_at(&mut self, folder: Resource<Descriptor>, path: String) -> FsResult<String> {
        self.at(&folder, &path)?;
        // It is there, and not a link.
        Err(ErrorCode::Invalid.into())
    }

    async fn remove_directory_at(&mut self, _: Resource<Descriptor>, _: String) -> FsResult<()> {
        read_only()
    }

    async fn rename_at(
        &mut self,
        _: Resource<Descriptor>,
        _: String,
        _: Resource<Descriptor>,
        _: String,
    ) -> FsResult<()> {
        read_only()
    }

    async fn symlink_at(&mut self, _: Resource<Descriptor>, _: String, _: String) -> FsResult<()> {
        read_only()
    }

    async fn unlink_file_at(&mut self, _: Resource<Descriptor>, _: String) -> FsResult<()> {
        read_only()
    }

    async fn is_same_object(
        &mut self,
        one: Resource<Descriptor>,
        other: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        let number = |descriptor: &Resource<Descriptor>| {
            self.table.get(&Resource::<Open>::new_borrow(descriptor.rep())).map(|open| open.0)
        };
        Ok(number(&one)? == number(&other)?)
    }

    async fn metadata_hash(&mut self, descriptor: Resource<Descriptor>) -> FsResult<MetadataHashValue> {
        Ok(identity(self.open(&descriptor)?))
    }

    async fn metadata_hash_at(
        &mut self,
        folder: Resource<Descriptor>,
        _: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        Ok(identity(self.at(&folder, &path)?))
    }

    fn drop(&mut self, descriptor: Resource<Descriptor>) -> wasmtime::Result<()> {
        self.table.delete(Resource::<Open>::new_own(descriptor.rep()))?;
        Ok(())
    }
}

impl types::HostDirectoryEntryStream for HostState {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        let listing = self.table.get_mut(&Resource::<Listing>::new_borrow(stream.rep()))?;
        let folder = self.tree.node(listing.folder).ok_or(ErrorCode::BadDescriptor)?;
        let child = folder.children().nth(listing.next);
        listing.next += 1;
        Ok(child.map(|child| DirectoryEntry { type_: descriptor_type(child), name: child.name().to_owned() }))
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        self.table.delete(Resource::<Listing>::new_own(stream.rep()))?;
        Ok(())
    }
}

/// The bytes that a read of `length` at `offset` gets.
fn part(content: &[u8], offset: u64, length: u64) -> &[u8] {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
    let length = length.min(READ_PERMIT) as usize;
    &content[start..content.len().min(start.saturating_add(length))]
}

/// A file being read from front to back.
struct FileStream {
    tree: Tree,
    file: u32,
    at: u64,
}

#[wasmtime_wasi::async_trait]
impl Pollable for FileStream {
    async fn ready(&mut self) {}
}

impl InputStream for FileStream {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let content = self.tree.node(self.file).and_then(Node::content).unwrap_or_default();
        let part = part(content, self.at, size as u64);
        if part.is_empty() && size > 0 {
            return Err(StreamError::Closed);
        }
        self.at += part.len() as u64;
        Ok(Bytes::copy_from_slice(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::TreeBuilder;

    fn tree() -> Tree {
        let mut builder = TreeBuilder::new();
        builder.file("/usr/lib/a.py", b"0123456789").unwrap();
        builder.file("/app/main.py", b"").unwrap();
        Tree::new(builder.pack()).unwrap()
    }

    #[test]
    fn paths_are_followed_and_never_lead_out() {
        let tree = tree();
        let from_root = |path: &str| walk(&tree, tree.root(), path).map(Node::name);
        assert_eq!(from_root("usr/lib/a.py"), Ok("a.py"));
        assert_eq!(from_root("./usr//lib/../lib/"), Ok("lib"));
        assert_eq!(from_root(""), Ok(""));
        assert_eq!(from_root("usr/.."), Ok(""));
        assert_eq!(from_root(".."), Err(ErrorCode::NotPermitted));
        assert_eq!(from_root("usr/../../etc"), Err(ErrorCode::NotPermitted));
        assert_eq!(from_root("/usr"), Err(ErrorCode::NotPermitted));
        assert_eq!(from_root("usr/nothing"), Err(ErrorCode::NoEntry));
        assert_eq!(from_root("usr/lib/a.py/x"), Err(ErrorCode::NotDirectory));
        assert_eq!(from_root("usr/lib/a.py/"), Err(ErrorCode::NotDirectory));

        let lib = tree.lookup("/usr/lib").unwrap();
        assert_eq!(walk(&tree, lib, "..").map(Node::name), Err(ErrorCode::NotPermitted));
        assert_eq!(walk(&tree, lib, "a.py").map(Node::name), Ok("a.py"));
    }

    #[test]
    fn reads_stop_at_the_end_of_the_file() {
        assert_eq!(part(b"0123456789", 2, 3), b"234");
        assert_eq!(part(b"0123456789", 8, 100), b"89");
        assert_eq!(part(b"0123456789", 10, 1), b"");
        assert_eq!(part(b"0123456789", u64::MAX, u64::MAX), b"");
    }

    #[test]
    fn one_read_is_bounded() {
        let content = vec![0; READ_PERMIT as usize * 2];
        assert_eq!(part(&content, 0, u64::MAX).len() as u64, READ_PERMIT);
    }
}
