//! A folder of the host as a file system. Every path is opened relative to the folder's handle by cap-std, in one system
//! call where the kernel can (`openat2`), so that no link, no `..` and no race leads out of it.
//!
//! Disks may take their time, and a network file system any amount of it; so the work is done on tokio's threads for
//! that, where waiting holds up nobody else. A thread that does nothing but run one execution
//! ([`execute_blocking`](crate::Sandbox::execute_blocking)) does it by itself, which saves the way there and back.

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

/// Opening a pipe or a terminal must neither wait nor make it ours, in the moment before it is seen what it is.
const CAREFUL: i32 = (rustix::fs::OFlags::NONBLOCK.bits() | rustix::fs::OFlags::NOCTTY.bits()).cast_signed();

/// A folder of the host, for [`Mount::custom`](crate::Mount::custom) and for file systems that are built on one.
/// [`Mount::host_read_only`](crate::Mount::host_read_only) and
/// [`Mount::host_read_write`](crate::Mount::host_read_write) mount one as it is.
///
/// Paths never lead out of it. Links within it are followed, relative ones at least; those that lead out, or are
/// absolute, are errors. Devices, pipes and sockets cannot be opened. Names that are not UTF-8 are not listed.
#[derive(Debug)]
pub struct HostFolder {
    folder: Arc<Dir>,
}

impl HostFolder {
    /// Opens a folder. From now on it is that folder, whatever becomes of its name.
    ///
    /// # Errors
    /// When it is none, or cannot be opened.
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
            // An absolute one is an error here: it would tell where things are on the host.
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
                // Asked before, because some devices do things when they are opened; and after, because it may have
                // become another one.
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

/// Refuses what is neither a file nor a folder.
fn check(is_file: bool) -> io::Result<()> {
    if is_file { Ok(()) } else { Err(rustix::io::Errno::PERM.into()) }
}

/// Most entries of one part.
const PART: usize = 256;

/// A folder that the system lists piece by piece. Between two parts it takes a handle, and a buffer of the C library's
/// size.
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

/// The entry, unless its name is not UTF-8.
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
                        // A buffer that is kept for long must not keep what it does not use.
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

/// Writes at the end, wherever another process has moved that to.
fn append(file: &File, mut bytes: &[u8]) -> io::Result<()> {
    use rustix::io::{Errno, ReadWriteFlags, pwritev2};
    while !bytes.is_empty() {
        let end = file.metadata()?.len();
        let written = match pwritev2(file, &[io::IoSlice::new(bytes)], end, ReadWriteFlags::APPEND) {
            // Not every file system has it.
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

/// WASI has no times before 1970.
fn time(seconds: i64, nanoseconds: i64) -> Option<SystemTime> {
    let seconds = u64::try_from(seconds).ok()?;
    UNIX_EPOCH.checked_add(Duration::new(seconds, u32::try_from(nanoseconds).ok()?))
}

/// Other file systems may be mounted in the folder, with numbers of their own.
fn identity(device: u64, inode: u64) -> u64 {
    (inode ^ device.rotate_left(40)).max(1)
}
