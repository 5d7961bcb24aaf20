//! The functions of `wasi:filesystem`.
//!
//! The interface's types come from wasmtime-wasi's bindings, so the resource type `descriptor` is called `Descriptor`
//! as there. No value of this type exists: the number of a handle belongs to an [`OpenNode`] in the resource table, and
//! the table checks the type on every look-up.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types};
use wasmtime_wasi::p2::pipe::{ClosedInputStream, SinkOutputStream};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};

use types::{
    Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, DirectoryEntryStream,
};
use types::{ErrorCode, Filesize, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags};

use super::listing::Listing;
use super::location::{FileLocation, MemoryHandle, OpenNode};
use super::namespace::Namespace;
use super::outside;
use super::outside_streams::{OutsideReader, OutsideWriter};
use super::streams::{FileReader, FileWriter, ReadableFile};
use crate::tree::NodeKind;

/// The error for reaching the limit on open files. WASI has no code for it, and no other error here uses this one.
const TOO_MANY_OPEN: ErrorCode = ErrorCode::TooManyLinks;

/// The open files of one interpreter, and their limit.
#[derive(Debug)]
pub(crate) struct OpenFiles {
    /// Number of open files and folders, including the root folder.
    count: usize,
    pub(crate) limit: usize,
    /// Every stream of a file outside of the sandbox holds a clone, so the reference count is the number of streams.
    outside_streams: Arc<()>,
}

impl Default for OpenFiles {
    fn default() -> Self {
        Self { count: 0, limit: usize::MAX, outside_streams: Arc::new(()) }
    }
}

impl OpenFiles {
    /// Number of open files and folders, including the root folder.
    pub(crate) fn count(&self) -> usize {
        self.count
    }
}

/// The part of a store's state that the functions of `wasi:filesystem` use.
pub(crate) struct FilesystemView<'a> {
    pub(crate) files: &'a mut Namespace,
    pub(crate) open: &'a mut OpenFiles,
    pub(crate) table: &'a mut ResourceTable,
}

struct HasFilesystem;

impl HasData for HasFilesystem {
    type Data<'a> = FilesystemView<'a>;
}

/// Adds `wasi:filesystem` to `linker`.
pub(crate) fn add_to_linker<T: Send + 'static>(
    linker: &mut Linker<T>,
    view: fn(&mut T) -> FilesystemView<'_>,
) -> wasmtime::Result<()> {
    types::add_to_linker::<T, HasFilesystem>(linker, view)?;
    preopens::add_to_linker::<T, HasFilesystem>(linker, view)
}

impl FilesystemView<'_> {
    fn opened(&self, descriptor: &Resource<Descriptor>) -> FsResult<&OpenNode> {
        Ok(self.table.get(&Resource::<OpenNode>::new_borrow(descriptor.rep()))?)
    }

    fn location(&self, descriptor: &Resource<Descriptor>) -> FsResult<FileLocation> {
        Ok(self.opened(descriptor)?.location())
    }

    fn at(&mut self, folder: &Resource<Descriptor>, path: &str) -> FsResult<FileLocation> {
        let folder = self.location(folder)?;
        Ok(self.files.walk(&folder, path)?)
    }

    /// Adds an open file or folder to the table, as a resource with the bindings' type.
    fn push(&mut self, open: OpenNode) -> FsResult<Resource<Descriptor>> {
        self.may_open()?;
        let open = self.table.push(open)?;
        self.open.count += 1;
        Ok(Resource::new_own(open.rep()))
    }

    /// Checks that the limit allows another open file. This check runs first, so that a failed open neither creates nor
    /// truncates a file.
    fn may_open(&self) -> FsResult<()> {
        if self.open.count >= self.open.limit { Err(TOO_MANY_OPEN.into()) } else { Ok(()) }
    }

    /// Checks that a file is open for writing.
    fn check_writable(&self, descriptor: &Resource<Descriptor>) -> FsResult<()> {
        match self.opened(descriptor)? {
            OpenNode::Memory(_, flags) | OpenNode::Outside(_, flags) => {
                if flags.contains(DescriptorFlags::WRITE) {
                    Ok(())
                } else {
                    Err(ErrorCode::BadDescriptor.into())
                }
            }
            OpenNode::Null(_) => Ok(()),
            OpenNode::Joint(_) | OpenNode::Packed(_) => Err(ErrorCode::ReadOnly.into()),
        }
    }

    /// Checks that a file is open for reading.
    fn check_readable(&self, descriptor: &Resource<Descriptor>) -> FsResult<()> {
        match self.opened(descriptor)? {
            OpenNode::Memory(_, flags) | OpenNode::Outside(_, flags)
                if !flags.contains(DescriptorFlags::READ) =>
            {
                Err(ErrorCode::BadDescriptor.into())
            }
            _ => Ok(()),
        }
    }

    /// Returns a mark for a stream of a file outside. Such streams can buffer data, so their number is limited.
    fn stream_mark(&self) -> FsResult<Arc<()>> {
        if Arc::strong_count(&self.open.outside_streams) > self.open.limit.saturating_mul(2) {
            return Err(TOO_MANY_OPEN.into());
        }
        Ok(Arc::clone(&self.open.outside_streams))
    }

    fn writing(
        &mut self,
        descriptor: &Resource<Descriptor>,
        at: Option<u64>,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.check_writable(descriptor)?;
        let stream: DynOutputStream = match self.opened(descriptor)? {
            OpenNode::Memory(handle, _) => {
                let file: MemoryHandle = handle.try_clone()?;
                Box::new(FileWriter { file, clocks: self.files.clocks.clone(), at })
            }
            OpenNode::Outside(open, _) => {
                open.file()?;
                let (open, mark) = (Arc::clone(open), self.stream_mark()?);
                Box::new(OutsideWriter::new(open, self.files.shared(), at, mark))
            }
            OpenNode::Joint(_) | OpenNode::Packed(_) | OpenNode::Null(_) => Box::new(SinkOutputStream),
        };
        Ok(self.table.push(stream)?)
    }

    fn time(&mut self, time: NewTimestamp) -> FsResult<Option<Duration>> {
        Ok(match time {
            NewTimestamp::NoChange => None,
            NewTimestamp::Now => Some(self.files.clocks.wall()),
            NewTimestamp::Timestamp(time) => Some(since_1970(time)?),
        })
    }
}

/// Converts a time from the guest.
fn since_1970(time: Datetime) -> Result<Duration, ErrorCode> {
    // `Duration::new` carries excess nanoseconds over to the seconds, which may overflow.
    if time.nanoseconds >= 1_000_000_000 {
        return Err(ErrorCode::Invalid);
    }
    Ok(Duration::new(time.seconds, time.nanoseconds))
}

impl preopens::Host for FilesystemView<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let root = self
            .files
            .open(&Namespace::ROOT, DescriptorFlags::READ)
            .map_err(FsError::from)
            .and_then(|root| self.push(root))
            .map_err(|error| wasmtime::format_err!("{error:?}"))?;
        Ok(vec![(root, "/".to_owned())])
    }
}

impl types::Host for FilesystemView<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(self.table.get(&error)?.downcast_ref::<ErrorCode>().copied())
    }
}

impl types::HostDescriptor for FilesystemView<'_> {
    fn read_via_stream(
        &mut self,
        file: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynInputStream>> {
        self.check_readable(&file)?;
        let file = match self.opened(&file)? {
            OpenNode::Joint(_) => return Err(ErrorCode::IsDirectory.into()),
            OpenNode::Packed(number) => {
                if self.files.tree.node(*number).is_some_and(|node| node.kind() == NodeKind::Folder) {
                    return Err(ErrorCode::IsDirectory.into());
                }
                ReadableFile::Packed(self.files.tree.clone(), *number)
            }
            OpenNode::Memory(handle, _) => {
                let handle = handle.try_clone()?;
                if self.files.is_folder(&FileLocation::Memory(handle.node))? {
                    return Err(ErrorCode::IsDirectory.into());
                }
                ReadableFile::Memory(handle)
            }
            OpenNode::Outside(open, _) => {
                open.file()?;
                let (open, mark) = (Arc::clone(open), self.stream_mark()?);
                let stream: DynInputStream = Box::new(OutsideReader::new(open, offset, mark));
                return Ok(self.table.push(stream)?);
            }
            OpenNode::Null(_) => {
                let stream: DynInputStream = Box::new(ClosedInputStream);
                return Ok(self.table.push(stream)?);
            }
        };
        let stream: DynInputStream = Box::new(FileReader { file, at: offset });
        Ok(self.table.push(stream)?)
    }

    fn write_via_stream(
        &mut self,
        file: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.writing(&file, Some(offset))
    }

    fn append_via_stream(&mut self, file: Resource<Descriptor>) -> FsResult<Resource<DynOutputStream>> {
        self.writing(&file, None)
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

    async fn sync_data(&mut self, descriptor: Resource<Descriptor>) -> FsResult<()> {
        self.sync(descriptor).await
    }

    async fn get_flags(&mut self, descriptor: Resource<Descriptor>) -> FsResult<DescriptorFlags> {
        Ok(match self.opened(&descriptor)? {
            OpenNode::Joint(_) | OpenNode::Packed(_) => DescriptorFlags::READ,
            OpenNode::Memory(_, flags) | OpenNode::Outside(_, flags) | OpenNode::Null(flags) => *flags,
        })
    }

    async fn get_type(&mut self, descriptor: Resource<Descriptor>) -> FsResult<DescriptorType> {
        let location = self.location(&descriptor)?;
        Ok(self.files.stat(&location, true).await?.type_)
    }

    async fn set_size(&mut self, file: Resource<Descriptor>, size: Filesize) -> FsResult<()> {
        if let OpenNode::Null(_) = self.opened(&file)? {
            return Err(ErrorCode::Invalid.into());
        }
        self.check_writable(&file)?;
        let location = self.location(&file)?;
        Ok(self.files.set_length(&location, size).await?)
    }

    async fn set_times(
        &mut self,
        descriptor: Resource<Descriptor>,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        let location = self.location(&descriptor)?;
        let (accessed, modified) = (self.time(accessed)?, self.time(modified)?);
        Ok(self.files.set_times(&location, accessed, modified).await?)
    }

    async fn read(
        &mut self,
        file: Resource<Descriptor>,
        length: Filesize,
        offset: Filesize,
    ) -> FsResult<(Vec<u8>, bool)> {
        self.check_readable(&file)?;
        let location = self.location(&file)?;
        let part = self.files.read(&location, offset, length).await?;
        // A read of zero bytes reports the end of the file, as `read(2)` does.
        let end = part.is_empty();
        Ok((part, end))
    }

    async fn write(
        &mut self,
        file: Resource<Descriptor>,
        bytes: Vec<u8>,
        offset: Filesize,
    ) -> FsResult<Filesize> {
        self.check_writable(&file)?;
        let location = self.location(&file)?;
        Ok(self.files.write(&location, Some(offset), bytes).await?)
    }

    async fn read_directory(
        &mut self,
        folder: Resource<Descriptor>,
    ) -> FsResult<Resource<DirectoryEntryStream>> {
        let folder = self.location(&folder)?;
        // A listing counts as an open file until it is dropped, because it may hold a folder of the host open.
        self.may_open()?;
        let listing = self.files.list(folder).await?;
        let listing = self.table.push(listing)?;
        self.open.count += 1;
        Ok(Resource::new_own(listing.rep()))
    }

    async fn sync(&mut self, descriptor: Resource<Descriptor>) -> FsResult<()> {
        let file = match self.opened(&descriptor)? {
            OpenNode::Outside(open, _) => open.file.clone(),
            _ => None,
        };
        match file {
            Some(file) => Ok(file.sync().await.map_err(outside::code)?),
            None => Ok(()),
        }
    }

    async fn create_directory_at(&mut self, folder: Resource<Descriptor>, path: String) -> FsResult<()> {
        let folder = self.location(&folder)?;
        Ok(self.files.create_folder(&folder, &path).await?)
    }

    async fn stat(&mut self, descriptor: Resource<Descriptor>) -> FsResult<DescriptorStat> {
        let location = self.location(&descriptor)?;
        Ok(self.files.stat(&location, true).await?)
    }

    async fn stat_at(
        &mut self,
        folder: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> FsResult<DescriptorStat> {
        let location = self.at(&folder, &path)?;
        Ok(self.files.stat(&location, flags.contains(PathFlags::SYMLINK_FOLLOW)).await?)
    }

    async fn set_times_at(
        &mut self,
        folder: Resource<Descriptor>,
        _: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        let location = self.at(&folder, &path)?;
        let (accessed, modified) = (self.time(accessed)?, self.time(modified)?);
        Ok(self.files.set_times(&location, accessed, modified).await?)
    }

    async fn link_at(
        &mut self,
        folder: Resource<Descriptor>,
        _: PathFlags,
        path: String,
        new_folder: Resource<Descriptor>,
        new_path: String,
    ) -> FsResult<()> {
        let location = self.at(&folder, &path)?;
        self.files.stat(&location, false).await?;
        let new_folder = self.location(&new_folder)?;
        Ok(self.files.link(&new_folder, &new_path).await?)
    }

    async fn open_at(
        &mut self,
        folder: Resource<Descriptor>,
        links: PathFlags,
        path: String,
        how: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        let folder = self.location(&folder)?;
        self.may_open()?;
        let follow = links.contains(PathFlags::SYMLINK_FOLLOW);
        let open = self.files.open_at(&folder, &path, how, flags, follow).await?;
        self.push(open)
    }

    async fn readlink_at(&mut self, folder: Resource<Descriptor>, path: String) -> FsResult<String> {
        match self.at(&folder, &path)? {
            FileLocation::Outside(outside_path) => Ok(self.files.outside_read_link(&outside_path).await?),
            // The path exists and is not a link.
            _ => Err(ErrorCode::Invalid.into()),
        }
    }

    async fn remove_directory_at(&mut self, folder: Resource<Descriptor>, path: String) -> FsResult<()> {
        let folder = self.location(&folder)?;
        Ok(self.files.remove_folder(&folder, &path).await?)
    }

    async fn rename_at(
        &mut self,
        folder: Resource<Descriptor>,
        path: String,
        new_folder: Resource<Descriptor>,
        new_path: String,
    ) -> FsResult<()> {
        let (folder, new_folder) = (self.location(&folder)?, self.location(&new_folder)?);
        Ok(self.files.rename((&folder, &path), (&new_folder, &new_path)).await?)
    }

    async fn symlink_at(&mut self, folder: Resource<Descriptor>, _: String, path: String) -> FsResult<()> {
        let folder = self.location(&folder)?;
        Ok(self.files.link(&folder, &path).await?)
    }

    async fn unlink_file_at(&mut self, folder: Resource<Descriptor>, path: String) -> FsResult<()> {
        let folder = self.location(&folder)?;
        Ok(self.files.unlink(&folder, &path).await?)
    }

    async fn is_same_object(
        &mut self,
        one: Resource<Descriptor>,
        other: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        let location = |descriptor: &Resource<Descriptor>| {
            self.table.get(&Resource::<OpenNode>::new_borrow(descriptor.rep())).map(OpenNode::location)
        };
        Ok(location(&one)? == location(&other)?)
    }

    async fn metadata_hash(&mut self, descriptor: Resource<Descriptor>) -> FsResult<MetadataHashValue> {
        let location = self.location(&descriptor)?;
        Ok(self.files.identity(&location, true).await?)
    }

    async fn metadata_hash_at(
        &mut self,
        folder: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        let location = self.at(&folder, &path)?;
        Ok(self.files.identity(&location, flags.contains(PathFlags::SYMLINK_FOLLOW)).await?)
    }

    fn drop(&mut self, descriptor: Resource<Descriptor>) -> wasmtime::Result<()> {
        self.table.delete(Resource::<OpenNode>::new_own(descriptor.rep()))?;
        self.open.count -= 1;
        Ok(())
    }
}

impl types::HostDirectoryEntryStream for FilesystemView<'_> {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        let listing = self.table.get_mut(&Resource::<Listing>::new_borrow(stream.rep()))?;
        let entry = self.files.next(listing).await?;
        Ok(entry.map(|(name, type_)| DirectoryEntry { type_, name }))
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        self.table.delete(Resource::<Listing>::new_own(stream.rep()))?;
        self.open.count -= 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_less_than_a_second_of_nanoseconds() {
        let time = |seconds, nanoseconds| since_1970(Datetime { seconds, nanoseconds });
        assert_eq!(time(u64::MAX, 999_999_999), Ok(Duration::MAX));
        for nanoseconds in [1_000_000_000, u32::MAX] {
            assert_eq!(time(u64::MAX, nanoseconds), Err(ErrorCode::Invalid));
        }
    }
}
