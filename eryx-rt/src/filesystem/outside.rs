//! Open files outside of the sandbox: operations within the quota, and the translation of their errors to WASI's codes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use bytes::Bytes;
use rustix::io::Errno;
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorType, ErrorCode};

use super::file_system::{FileKind, Metadata};
use super::location::{OutsideHandle, OutsidePath, SharedFiles, lock};
use super::result::Result;

/// Reads up to `length` bytes at `offset`.
pub(super) async fn read(open: &OutsideHandle, offset: u64, length: usize) -> Result<Bytes> {
    let mut bytes = open.file()?.read(offset, length).await.map_err(code)?;
    bytes.truncate(length);
    Ok(bytes)
}

/// Writes as many of `bytes` as the quota has room for, at `offset` or at the end, and returns their number. Fails if
/// there is no room at all.
pub(super) async fn write(
    open: &OutsideHandle,
    memory: &SharedFiles,
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
        // The bytes stay counted if the write fails, because a part of them may have been written.
        meter.resize_outside(size, size.max(end))?;
    }
    let count = bytes.len();
    file.write(offset, bytes).await.map_err(code)?;
    Ok(count)
}

pub(super) async fn set_length(open: &OutsideHandle, memory: &SharedFiles, length: u64) -> Result<()> {
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

pub(super) fn identity(outside_path: &OutsidePath, metadata: &Metadata) -> u64 {
    if metadata.identity != 0 {
        return metadata.identity;
    }
    let mut hasher = DefaultHasher::new();
    outside_path.path.hash(&mut hasher);
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

/// Converts an error to WASI's code.
pub(super) fn code(error: impl std::borrow::Borrow<io::Error>) -> ErrorCode {
    use io::ErrorKind;
    let error = error.borrow();
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::LOOP) => return ErrorCode::Loop,
        Some(Errno::PERM | Errno::XDEV) if error.kind() != ErrorKind::CrossesDevices => {
            return ErrorCode::NotPermitted;
        }
        Some(Errno::ACCESS) => return ErrorCode::Access,
        _ => {}
    }
    match error.kind() {
        ErrorKind::NotFound => ErrorCode::NoEntry,
        // cap-std's error for a path that leads out of the folder; it has no OS error code.
        ErrorKind::PermissionDenied => ErrorCode::NotPermitted,
        ErrorKind::AlreadyExists => ErrorCode::Exist,
        ErrorKind::WouldBlock => ErrorCode::WouldBlock,
        ErrorKind::InvalidInput => ErrorCode::Invalid,
        ErrorKind::InvalidData => ErrorCode::IllegalByteSequence,
        ErrorKind::StorageFull => ErrorCode::InsufficientSpace,
        ErrorKind::QuotaExceeded => ErrorCode::Quota,
        ErrorKind::IsADirectory => ErrorCode::IsDirectory,
        ErrorKind::NotADirectory => ErrorCode::NotDirectory,
        ErrorKind::DirectoryNotEmpty => ErrorCode::NotEmpty,
        ErrorKind::ReadOnlyFilesystem => ErrorCode::ReadOnly,
        ErrorKind::FileTooLarge => ErrorCode::FileTooLarge,
        ErrorKind::CrossesDevices => ErrorCode::CrossDevice,
        ErrorKind::InvalidFilename => ErrorCode::NameTooLong,
        ErrorKind::ResourceBusy => ErrorCode::Busy,
        ErrorKind::ExecutableFileBusy => ErrorCode::TextFileBusy,
        ErrorKind::Interrupted => ErrorCode::Interrupted,
        ErrorKind::OutOfMemory => ErrorCode::InsufficientMemory,
        ErrorKind::Unsupported => ErrorCode::Unsupported,
        _ => ErrorCode::Io,
    }
}
