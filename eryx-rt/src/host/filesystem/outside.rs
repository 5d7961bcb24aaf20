//! What is done to files outside of the sandbox, in the name of the code in it.
//!
//! Here the mount's permission and the quota are enforced, so that no [`FileSystem`](super::FileSystem) has to.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use rustix::io::Errno;
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, DescriptorType, ErrorCode, OpenFlags};

use super::file_system::{FileKind, FileSystem, How, Metadata, Parts};
use super::namespace::Namespace;
use super::place::{Open, OpenOutside, Shared, Spot, lock};

type Result<T, E = ErrorCode> = std::result::Result<T, E>;

impl Namespace {
    fn file_system(&self, spot: &Spot) -> &dyn FileSystem {
        &*self.mounts.outside[spot.mount].files
    }

    /// Refuses changes in a mount that does not allow them.
    fn may_change(&self, spot: &Spot) -> Result<()> {
        if self.mounts.outside[spot.mount].writable { Ok(()) } else { Err(ErrorCode::ReadOnly) }
    }

    pub(super) async fn outside_metadata(&self, spot: &Spot, follow: bool) -> Result<Metadata> {
        let files = self.file_system(spot);
        let metadata =
            if follow || spot.slash { files.metadata(&spot.path) } else { files.link_metadata(&spot.path) };
        let metadata = metadata.await.map_err(code)?;
        if spot.slash && metadata.kind != FileKind::Folder {
            return Err(ErrorCode::NotDirectory);
        }
        Ok(metadata)
    }

    /// What is at a place now, and what tells it from others.
    pub(super) async fn outside_look(&self, spot: &Spot, follow: bool) -> Result<(Metadata, u64)> {
        let metadata = self.outside_metadata(spot, follow).await?;
        let identity = identity(spot, &metadata);
        Ok((metadata, identity))
    }

    pub(super) async fn outside_open(
        &mut self,
        spot: Spot,
        how: OpenFlags,
        flags: DescriptorFlags,
        follow: bool,
    ) -> Result<Open> {
        let (creates, truncates) = (how.contains(OpenFlags::CREATE), how.contains(OpenFlags::TRUNCATE));
        let exclusive = creates && how.contains(OpenFlags::EXCLUSIVE);
        let writes = truncates || flags.contains(DescriptorFlags::WRITE);
        let (file, made) = match self.outside_metadata(&spot, follow && !exclusive).await {
            Ok(_) if exclusive => return Err(ErrorCode::Exist),
            Ok(Metadata { kind: FileKind::Link, .. }) => return Err(ErrorCode::Loop),
            Ok(Metadata { kind: FileKind::Folder, .. }) if writes || creates => {
                return Err(ErrorCode::IsDirectory);
            }
            Ok(metadata @ Metadata { kind: FileKind::Folder, .. }) => {
                let identity = identity(&spot, &metadata);
                return Ok(Open::Outside(Arc::new(OpenOutside { spot, file: None, identity }), flags));
            }
            Ok(_) if how.contains(OpenFlags::DIRECTORY) => return Err(ErrorCode::NotDirectory),
            Ok(Metadata { kind: FileKind::Other, .. }) => return Err(ErrorCode::NotPermitted),
            Ok(Metadata { kind: FileKind::File, .. }) => {
                if writes {
                    self.may_change(&spot)?;
                }
                let how = if writes { How::Write } else { How::Read };
                (self.file_system(&spot).open(&spot.path, how).await.map_err(code)?, false)
            }
            Err(ErrorCode::NoEntry) if creates => {
                if spot.slash {
                    return Err(ErrorCode::IsDirectory);
                }
                self.may_change(&spot)?;
                let memory = self.shared();
                lock(&memory).meter.add_outside()?;
                let made = self.file_system(&spot).open(&spot.path, How::Create).await;
                let made = made.map_err(|error| match not_made(&memory, &error) {
                    // Only a link that leads nowhere is there and not there.
                    ErrorCode::Exist if !exclusive => ErrorCode::NoEntry,
                    code => code,
                });
                (made?, true)
            }
            Err(error) => return Err(error),
        };
        let metadata = file.metadata().await.map_err(code)?;
        if metadata.kind != FileKind::File {
            return Err(ErrorCode::NotPermitted);
        }
        let identity = identity(&spot, &metadata);
        let open = OpenOutside { spot, file: Some(file), identity };
        if truncates && !made {
            set_length(&open, &self.shared(), 0).await?;
        }
        let open = Arc::new(open);
        if writes {
            self.remember(&open);
        }
        Ok(Open::Outside(open, flags))
    }

    /// Notes that a file is open for writing: removing its name frees no room while it is.
    fn remember(&mut self, open: &Arc<OpenOutside>) {
        self.written.retain(|open| open.strong_count() > 0);
        self.written.push(Arc::downgrade(open));
    }

    fn is_open(&self, spot: &Spot, identity: u64) -> bool {
        self.written
            .iter()
            .filter_map(Weak::upgrade)
            .any(|open| (open.spot.mount, open.identity) == (spot.mount, identity))
    }

    /// What the quota gets back when the name at `spot` goes.
    async fn freed(&self, spot: &Spot) -> Result<(FileKind, u64)> {
        let (metadata, identity) = self.outside_look(spot, false).await?;
        let last = metadata.kind == FileKind::File && metadata.links <= 1 && !self.is_open(spot, identity);
        Ok((metadata.kind, if last { metadata.size } else { 0 }))
    }

    pub(super) async fn outside_create_folder(&mut self, spot: &Spot) -> Result<()> {
        match self.outside_metadata(spot, false).await {
            Ok(_) => return Err(ErrorCode::Exist),
            Err(ErrorCode::NoEntry) => {}
            Err(error) => return Err(error),
        }
        self.may_change(spot)?;
        let memory = self.shared();
        lock(&memory).meter.add_outside()?;
        let made = self.file_system(spot).create_folder(&spot.path).await;
        made.map_err(|error| not_made(&memory, &error))
    }

    pub(super) async fn outside_unlink(&mut self, spot: &Spot) -> Result<()> {
        let (kind, freed) = self.freed(spot).await?;
        if kind == FileKind::Folder {
            return Err(ErrorCode::IsDirectory);
        }
        self.may_change(spot)?;
        self.file_system(spot).remove_file(&spot.path).await.map_err(code)?;
        lock(&self.shared()).meter.remove_outside(freed);
        Ok(())
    }

    pub(super) async fn outside_remove_folder(&mut self, spot: &Spot) -> Result<()> {
        if self.outside_metadata(spot, false).await?.kind != FileKind::Folder {
            return Err(ErrorCode::NotDirectory);
        }
        self.may_change(spot)?;
        self.file_system(spot).remove_folder(&spot.path).await.map_err(code)?;
        lock(&self.shared()).meter.remove_outside(0);
        Ok(())
    }

    pub(super) async fn outside_rename(&mut self, from: &Spot, to: &Spot) -> Result<()> {
        if from.mount != to.mount {
            return Err(ErrorCode::CrossDevice);
        }
        let (moved, moved_identity) = self.outside_look(from, false).await?;
        if to.slash && moved.kind != FileKind::Folder {
            return Err(ErrorCode::NotDirectory);
        }
        let replaced = match self.outside_look(&Spot { slash: false, ..to.clone() }, false).await {
            // Two names of one file: nothing is done.
            Ok((_, identity)) if identity == moved_identity => None,
            Ok(_) => Some(self.freed(&Spot { slash: false, ..to.clone() }).await?.1),
            Err(ErrorCode::NoEntry) => None,
            Err(error) => return Err(error),
        };
        self.may_change(from)?;
        self.file_system(from).rename(&from.path, &to.path).await.map_err(code)?;
        if let Some(freed) = replaced {
            lock(&self.shared()).meter.remove_outside(freed);
        }
        Ok(())
    }

    /// Refuses to make a link: one that leads out would be followed by other programs.
    pub(super) async fn outside_link(&self, spot: &Spot) -> Result<()> {
        match self.outside_metadata(spot, false).await {
            Ok(_) => Err(ErrorCode::Exist),
            Err(ErrorCode::NoEntry) => self.may_change(spot).and(Err(ErrorCode::NotPermitted)),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn outside_read_link(&self, spot: &Spot) -> Result<String> {
        self.file_system(spot).read_link(&spot.path).await.map_err(code)
    }

    pub(super) async fn outside_set_times(
        &self,
        spot: &Spot,
        accessed: Option<Duration>,
        modified: Option<Duration>,
    ) -> Result<()> {
        self.outside_metadata(spot, true).await?;
        self.may_change(spot)?;
        let time = |time: Option<Duration>| {
            time.map(|time| UNIX_EPOCH.checked_add(time).ok_or(ErrorCode::Overflow)).transpose()
        };
        let (accessed, modified): (Option<SystemTime>, _) = (time(accessed)?, time(modified)?);
        self.file_system(spot).set_times(&spot.path, accessed, modified).await.map_err(code)
    }

    pub(super) async fn outside_list(&self, spot: &Spot) -> Result<Box<dyn Parts>> {
        self.file_system(spot).list_in_parts(&spot.path).await.map_err(code)
    }
}

/// Takes back what was counted for something that could not be made.
fn not_made(memory: &Shared, error: &io::Error) -> ErrorCode {
    lock(memory).meter.remove_outside(0);
    code(error)
}

/// At most `length` bytes at `offset`.
pub(super) async fn read(open: &OpenOutside, offset: u64, length: usize) -> Result<Bytes> {
    let mut bytes = open.file()?.read(offset, length).await.map_err(code)?;
    bytes.truncate(length);
    Ok(bytes)
}

/// Writes as many of `bytes` as the quota has room for, at `offset` or at the end. Returns how many; where there is room
/// for none, it is an error.
pub(super) async fn write(
    open: &OpenOutside,
    memory: &Shared,
    offset: Option<u64>,
    mut bytes: Bytes,
) -> Result<usize> {
    let file = open.file()?;
    if bytes.is_empty() {
        return Ok(0);
    }
    let size = file.metadata().await.map_err(code)?.size;
    {
        let meter = &mut lock(memory).meter;
        let room = meter.room(size, offset).clamp(1, bytes.len() as u64);
        bytes.truncate(room as usize);
        let end = offset.unwrap_or(size).checked_add(room).ok_or(ErrorCode::FileTooLarge)?;
        // It stays counted if the write fails, because a part of it may have been done.
        meter.resize_outside(size, size.max(end))?;
    }
    let count = bytes.len();
    file.write(offset, bytes).await.map_err(code)?;
    Ok(count)
}

pub(super) async fn set_length(open: &OpenOutside, memory: &Shared, length: u64) -> Result<()> {
    let file = open.file()?;
    let size = file.metadata().await.map_err(code)?.size;
    if length > size {
        lock(memory).meter.resize_outside(size, length)?;
    }
    file.set_length(length).await.map_err(code)?;
    if length < size {
        lock(memory).meter.resize_outside(size, length)?;
    }
    Ok(())
}

pub(super) fn identity(spot: &Spot, metadata: &Metadata) -> u64 {
    if metadata.identity != 0 {
        return metadata.identity;
    }
    let mut hasher = DefaultHasher::new();
    spot.path.hash(&mut hasher);
    hasher.finish().max(1)
}

pub(super) fn descriptor_type(kind: FileKind) -> DescriptorType {
    match kind {
        FileKind::File => DescriptorType::RegularFile,
        FileKind::Folder => DescriptorType::Directory,
        FileKind::Link => DescriptorType::SymbolicLink,
        FileKind::Other => DescriptorType::Unknown,
    }
}

/// WASI's word for an error.
pub(super) fn code(error: impl std::borrow::Borrow<io::Error>) -> ErrorCode {
    use io::ErrorKind as Kind;
    let error = error.borrow();
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::LOOP) => return ErrorCode::Loop,
        Some(Errno::PERM | Errno::XDEV) if error.kind() != Kind::CrossesDevices => {
            return ErrorCode::NotPermitted;
        }
        Some(Errno::ACCESS) => return ErrorCode::Access,
        _ => {}
    }
    match error.kind() {
        Kind::NotFound => ErrorCode::NoEntry,
        // What cap-std says of a path that leads out, without a number.
        Kind::PermissionDenied => ErrorCode::NotPermitted,
        Kind::AlreadyExists => ErrorCode::Exist,
        Kind::WouldBlock => ErrorCode::WouldBlock,
        Kind::InvalidInput => ErrorCode::Invalid,
        Kind::InvalidData => ErrorCode::IllegalByteSequence,
        Kind::StorageFull => ErrorCode::InsufficientSpace,
        Kind::QuotaExceeded => ErrorCode::Quota,
        Kind::IsADirectory => ErrorCode::IsDirectory,
        Kind::NotADirectory => ErrorCode::NotDirectory,
        Kind::DirectoryNotEmpty => ErrorCode::NotEmpty,
        Kind::ReadOnlyFilesystem => ErrorCode::ReadOnly,
        Kind::FileTooLarge => ErrorCode::FileTooLarge,
        Kind::CrossesDevices => ErrorCode::CrossDevice,
        Kind::InvalidFilename => ErrorCode::NameTooLong,
        Kind::ResourceBusy => ErrorCode::Busy,
        Kind::ExecutableFileBusy => ErrorCode::TextFileBusy,
        Kind::Interrupted => ErrorCode::Interrupted,
        Kind::OutOfMemory => ErrorCode::InsufficientMemory,
        Kind::Unsupported => ErrorCode::Unsupported,
        _ => ErrorCode::Io,
    }
}
