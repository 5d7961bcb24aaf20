//! A folder of the host as a file system. cap-std opens every path relative to the folder's handle, with one system
//! call if the kernel supports `openat2`. So a link, `..` or a race cannot lead out of the folder.
//!
//! Disks and network file systems can be slow, so the work runs on tokio's threads for blocking calls, where waiting
//! does not delay other tasks. A thread that only runs one execution
//! ([`execute_blocking`](crate::Sandbox::execute_blocking)) does the work itself, which saves two thread switches.

use std::fs::{File, FileTimes};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cap_std::fs::{Dir, DirEntry, FileType, MetadataExt as _, OpenOptions, OpenOptionsExt as _, ReadDir};

use super::file_system::{
    FileFuture, FileKind, FileSystem, FolderEntry, FolderListing, Metadata, OpenFile, OpenMode,
};
use crate::executor::off_the_executor;
use crate::file_size::without_signal;

/// Flags for opening a path before its type is checked: opening a pipe must not block, and opening a terminal must not
/// make it the process's controlling terminal.
const CAREFUL: i32 = (rustix::fs::OFlags::NONBLOCK.bits() | rustix::fs::OFlags::NOCTTY.bits()).cast_signed();

/// A folder of the host, for [`Mount::custom`](crate::Mount::custom) and as a base for other file systems.
/// [`Mount::host_read_only`](crate::Mount::host_read_only) and
/// [`Mount::host_read_write`](crate::Mount::host_read_write) mount such a folder directly.
///
/// Paths never lead out of the folder. Relative links within it are followed. Links that lead out of it and absolute
/// links are errors. Devices, pipes and sockets cannot be opened. Listings skip names that are not UTF-8.
#[derive(Debug)]
pub struct HostFolder {
    folder: Arc<Dir>,
}

impl HostFolder {
    /// Opens a folder. The handle keeps this folder, also if it is renamed or replaced later.
    ///
    /// # Errors
    /// If the path is not a folder or cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let folder = Dir::open_ambient_dir(path, cap_std::ambient_authority())?;
        Ok(Self { folder: Arc::new(folder) })
    }

    fn run<'a, T: Send + 'static>(
        &self,
        path: &str,
        work: impl FnOnce(&Dir, &str) -> io::Result<T> + Send + 'static,
    ) -> FileFuture<'a, T> {
        let (folder, path) = (Arc::clone(&self.folder), path.to_owned());
        Box::pin(off_the_executor(move || work(&folder, if path.is_empty() { "." } else { &path })))
    }
}

impl FileSystem for HostFolder {
    fn metadata<'a>(&'a self, path: &'a str) -> FileFuture<'a, Metadata> {
        self.run(path, |folder, path| Ok(of_entry(&folder.metadata(path)?)))
    }

    fn link_metadata<'a>(&'a self, path: &'a str) -> FileFuture<'a, Metadata> {
        self.run(path, |folder, path| Ok(of_entry(&folder.symlink_metadata(path)?)))
    }

    fn read_link<'a>(&'a self, path: &'a str) -> FileFuture<'a, String> {
        self.run(path, |folder, path| {
            // Reading an absolute link fails here, because its target would reveal paths of the host.
            let target = folder.read_link(path)?;
            target.into_os_string().into_string().map_err(|_| io::ErrorKind::InvalidData.into())
        })
    }

    fn list<'a>(&'a self, path: &'a str) -> FileFuture<'a, Vec<FolderEntry>> {
        self.run(path, |folder, path| {
            let mut entries = Vec::new();
            for entry in folder.read_dir(path)? {
                entries.extend(of_folder(&entry?)?);
            }
            Ok(entries)
        })
    }

    fn list_in_parts<'a>(&'a self, path: &'a str) -> FileFuture<'a, Box<dyn FolderListing>> {
        self.run(path, |folder, path| {
            let rest = Arc::new(Mutex::new(folder.read_dir(path)?));
            Ok(Box::new(HostListing(rest)) as Box<dyn FolderListing>)
        })
    }

    fn open<'a>(&'a self, path: &'a str, how: OpenMode) -> FileFuture<'a, Arc<dyn OpenFile>> {
        self.run(path, move |folder, path| {
            let mut options = OpenOptions::new();
            options
                .read(true)
                .write(how != OpenMode::Read)
                .create_new(how == OpenMode::Create)
                .custom_flags(CAREFUL);
            if how != OpenMode::Create {
                // The type is checked before opening, because opening some devices has side effects, and again
                // afterwards, because the path may have been replaced in between.
                check(folder.metadata(path)?.is_file())?;
            }
            let file = folder.open_with(path, &options)?.into_std();
            check(file.metadata()?.is_file())?;
            Ok(Arc::new(HostFile(Arc::new(file))) as Arc<dyn OpenFile>)
        })
    }

    fn create_folder<'a>(&'a self, path: &'a str) -> FileFuture<'a, ()> {
        self.run(path, |folder, path| folder.create_dir(path))
    }

    fn remove_file<'a>(&'a self, path: &'a str) -> FileFuture<'a, ()> {
        self.run(path, |folder, path| folder.remove_file(path))
    }

    fn remove_folder<'a>(&'a self, path: &'a str) -> FileFuture<'a, ()> {
        self.run(path, |folder, path| folder.remove_dir(path))
    }

    fn rename<'a>(&'a self, from: &'a str, to: &'a str) -> FileFuture<'a, ()> {
        let to = to.to_owned();
        self.run(from, move |folder, from| folder.rename(from, folder, &to))
    }

    fn set_times<'a>(
        &'a self,
        path: &'a str,
        accessed: Option<SystemTime>,
        modified: Option<SystemTime>,
    ) -> FileFuture<'a, ()> {
        self.run(path, move |folder, path| {
            let metadata = folder.metadata(path)?;
            check(metadata.is_file() || metadata.is_dir())?;
            let file =
                folder.open_with(path, OpenOptions::new().read(true).custom_flags(CAREFUL))?.into_std();
            let mut times = FileTimes::new();
            if let Some(accessed) = accessed {
                times = times.set_accessed(accessed);
            }
            if let Some(modified) = modified {
                times = times.set_modified(modified);
            }
            file.set_times(times)
        })
    }
}

/// Refuses everything but files and folders.
fn check(is_file: bool) -> io::Result<()> {
    if is_file { Ok(()) } else { Err(rustix::io::Errno::PERM.into()) }
}

/// Maximum number of entries in one part.
const PART: usize = 256;

/// A folder that the kernel lists in pieces. Between two parts it holds a file handle and a buffer of the C library.
struct HostListing(Arc<Mutex<ReadDir>>);

impl FolderListing for HostListing {
    fn next(&mut self) -> FileFuture<'_, Vec<FolderEntry>> {
        let rest = Arc::clone(&self.0);
        Box::pin(off_the_executor(move || {
            let mut rest = rest.lock().unwrap_or_else(PoisonError::into_inner);
            let mut entries = Vec::new();
            while entries.len() < PART
                && let Some(entry) = rest.next()
            {
                entries.extend(of_folder(&entry?)?);
            }
            Ok(entries)
        }))
    }
}

/// Returns the entry, or `None` if its name is not UTF-8.
fn of_folder(entry: &DirEntry) -> io::Result<Option<FolderEntry>> {
    let Ok(name) = entry.file_name().into_string() else { return Ok(None) };
    Ok(Some(FolderEntry { name, kind: kind(entry.file_type()?) }))
}

struct HostFile(Arc<File>);

impl HostFile {
    fn run<'a, T: Send + 'static>(
        &self,
        work: impl FnOnce(&File) -> io::Result<T> + Send + 'static,
    ) -> FileFuture<'a, T> {
        let file = Arc::clone(&self.0);
        Box::pin(off_the_executor(move || work(&file)))
    }
}

impl OpenFile for HostFile {
    fn metadata(&self) -> FileFuture<'_, Metadata> {
        self.run(|file| Ok(of_file(&file.metadata()?)))
    }

    fn read(&self, offset: u64, length: usize) -> FileFuture<'_, Bytes> {
        self.run(move |file| {
            let mut bytes = vec![0; length];
            loop {
                match file.read_at(&mut bytes, offset) {
                    Ok(count) => {
                        bytes.truncate(count);
                        // The caller may keep the buffer for long, so it must not hold unused capacity.
                        bytes.shrink_to_fit();
                        return Ok(bytes.into());
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        })
    }

    fn write(&self, offset: Option<u64>, bytes: Bytes) -> FileFuture<'_, ()> {
        self.run(move |file| {
            without_signal(|| match offset {
                Some(offset) => file.write_all_at(&bytes, offset),
                None => append(file, &bytes),
            })
        })
    }

    fn set_length(&self, length: u64) -> FileFuture<'_, ()> {
        self.run(move |file| without_signal(|| file.set_len(length)))
    }

    fn sync(&self) -> FileFuture<'_, ()> {
        self.run(File::sync_all)
    }
}

/// Appends to the file, also if another process moves the end meanwhile.
fn append(file: &File, mut bytes: &[u8]) -> io::Result<()> {
    use rustix::io::{Errno, ReadWriteFlags, pwritev2};
    while !bytes.is_empty() {
        let end = file.metadata()?.len();
        let written = match pwritev2(file, &[io::IoSlice::new(bytes)], end, ReadWriteFlags::APPEND) {
            // Not every file system supports appending by flag.
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => return file.write_all_at(bytes, end),
            Err(Errno::INTR) => 0,
            written => written?,
        };
        bytes = &bytes[written..];
    }
    Ok(())
}

fn kind(kind: FileType) -> FileKind {
    if kind.is_file() {
        FileKind::File
    } else if kind.is_dir() {
        FileKind::Folder
    } else if kind.is_symlink() {
        FileKind::Link
    } else {
        FileKind::Other
    }
}

fn of_entry(metadata: &cap_std::fs::Metadata) -> Metadata {
    Metadata {
        kind: kind(metadata.file_type()),
        size: metadata.len(),
        links: metadata.nlink(),
        accessed: time(metadata.atime(), metadata.atime_nsec()),
        modified: time(metadata.mtime(), metadata.mtime_nsec()),
        changed: time(metadata.ctime(), metadata.ctime_nsec()),
        identity: identity(metadata.dev(), metadata.ino()),
    }
}

fn of_file(metadata: &std::fs::Metadata) -> Metadata {
    Metadata {
        kind: if metadata.is_file() { FileKind::File } else { FileKind::Other },
        size: metadata.len(),
        links: metadata.nlink(),
        accessed: time(metadata.atime(), metadata.atime_nsec()),
        modified: time(metadata.mtime(), metadata.mtime_nsec()),
        changed: time(metadata.ctime(), metadata.ctime_nsec()),
        identity: identity(metadata.dev(), metadata.ino()),
    }
}

/// Converts a time. WASI cannot express times before 1970.
fn time(seconds: i64, nanoseconds: i64) -> Option<SystemTime> {
    let seconds = u64::try_from(seconds).ok()?;
    UNIX_EPOCH.checked_add(Duration::new(seconds, u32::try_from(nanoseconds).ok()?))
}

/// Combines device and inode: other file systems may be mounted below the folder, with inode numbers that collide.
fn identity(device: u64, inode: u64) -> u64 {
    (inode ^ device.rotate_left(40)).max(1)
}
