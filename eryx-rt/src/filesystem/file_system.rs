//! What a file system has to be able to do, to be mounted in a sandbox.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

/// What a [`FileSystem`] answers, when it has it.
///
/// While it is waited for, other tasks run, and the sandbox's wall-time limit and cancellation work; so what takes long
/// has to be waited for, not blocked on. `Box::pin(async move { … })` makes one. What blocks goes into
/// `tokio::task::spawn_blocking`; what is known at once into `Box::pin(std::future::ready(…))`.
pub type FileFuture<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Files that come from anywhere: an object store, a database, assets in the binary. Mounted with
/// [`Mount::custom`](crate::Mount::custom).
///
/// # Paths
/// They are relative to the mount: UTF-8, names separated by single slashes, none of them `.` or `..`, no slash at
/// either end, at most 4096 bytes. The empty path is the folder that is mounted. Code in the sandbox chooses them.
///
/// # Errors
/// The [kind](io::Error::kind) of an error (or its code, if it is one of the system's) decides which `OSError` Python
/// sees: `NotFound` is `FileNotFoundError` and so on; what has no such word is `EIO`. The text stays on the host.
///
/// # What it need not do
/// Names, `..`, permissions of the mount, quotas, and the number of open files are checked before it is asked. Methods
/// that change something need to be written only if something can be changed: they refuse by default.
///
/// # Snapshots and forks
/// They hold the files in memory of a session, and nothing of a file system that is mounted: what is restored talks to
/// the file system that *its* sandbox has at that place, and files that were open there are closed.
///
/// ```
/// use std::io;
/// use std::sync::Arc;
/// use eryx_rt::files::{FileFuture, FileSystem, FolderEntry, Metadata, OpenFile, OpenMode};
/// use eryx_rt::Mount;
///
/// /// Files compiled into the program.
/// struct Assets(&'static [(&'static str, &'static [u8])]);
///
/// struct Asset(&'static [u8]);
///
/// impl FileSystem for Assets {
///     fn metadata<'a>(&'a self, path: &'a str) -> FileFuture<'a, Metadata> {
///         let found = if path.is_empty() {
///             Some(Metadata::folder())
///         } else {
///             self.0.iter().find(|(name, _)| *name == path).map(|(_, bytes)| Metadata::file(bytes.len() as u64))
///         };
///         Box::pin(async move { found.ok_or_else(|| io::ErrorKind::NotFound.into()) })
///     }
///
///     fn list<'a>(&'a self, _: &'a str) -> FileFuture<'a, Vec<FolderEntry>> {
///         let entries = self.0.iter().map(|(name, _)| FolderEntry::file(*name)).collect();
///         Box::pin(async move { Ok(entries) })
///     }
///
///     fn open<'a>(&'a self, path: &'a str, _: OpenMode) -> FileFuture<'a, Arc<dyn OpenFile>> {
///         let found = self.0.iter().find(|(name, _)| *name == path);
///         Box::pin(async move {
///             let (_, bytes) = found.ok_or(io::ErrorKind::NotFound)?;
///             Ok(Arc::new(Asset(bytes)) as Arc<dyn OpenFile>)
///         })
///     }
/// }
///
/// impl OpenFile for Asset {
///     fn metadata(&self) -> FileFuture<'_, Metadata> {
///         Box::pin(async { Ok(Metadata::file(self.0.len() as u64)) })
///     }
///
///     fn read(&self, offset: u64, length: usize) -> FileFuture<'_, bytes::Bytes> {
///         let start = self.0.len().min(offset as usize);
///         let end = self.0.len().min(start + length);
///         Box::pin(async move { Ok(self.0[start..end].into()) })
///     }
/// }
///
/// let mount = Mount::custom(Arc::new(Assets(&[("greeting.txt", b"hello")])));
/// let builder = eryx_rt::Sandbox::builder().with_mount("/assets", mount);
/// ```
pub trait FileSystem: Send + Sync + 'static {
    /// What is at a path, links followed.
    fn metadata<'a>(&'a self, path: &'a str) -> FileFuture<'a, Metadata>;

    /// What is at a path, a link itself if it is one. Only for file systems with links.
    fn link_metadata<'a>(&'a self, path: &'a str) -> FileFuture<'a, Metadata> {
        self.metadata(path)
    }

    /// Where a link leads to. Only for file systems with links.
    fn read_link<'a>(&'a self, path: &'a str) -> FileFuture<'a, String> {
        // It is there, and not a link.
        Box::pin(async move { self.metadata(path).await.and(Err(io::ErrorKind::InvalidInput.into())) })
    }

    /// Everything in a folder, in any order.
    ///
    /// Code in a sandbox may list many folders at a time. The entries that it has not read yet count
    /// against [`Limits::with_host_memory`](crate::Limits::with_host_memory); when they do not fit, Python gets `OSError` with
    /// `ENOMEM`. So large folders need [`list_in_parts`](Self::list_in_parts).
    fn list<'a>(&'a self, path: &'a str) -> FileFuture<'a, Vec<FolderEntry>>;

    /// Begins to list a folder part by part, so that large ones need not be held as a whole. This is called, and by
    /// default it calls [`list`](Self::list).
    fn list_in_parts<'a>(&'a self, path: &'a str) -> FileFuture<'a, Box<dyn FolderListing>> {
        Box::pin(async move {
            let entries = self.list(path).await?;
            Ok(Box::new(WholeListing(entries)) as Box<dyn FolderListing>)
        })
    }

    /// Opens a file, never a folder. What was opened stays readable after its name is gone, if at all possible.
    fn open<'a>(&'a self, path: &'a str, how: OpenMode) -> FileFuture<'a, Arc<dyn OpenFile>>;

    /// Makes a folder in one that is there.
    fn create_folder<'a>(&'a self, _path: &'a str) -> FileFuture<'a, ()> {
        refused()
    }

    /// Removes a file or a link, not a folder.
    fn remove_file<'a>(&'a self, _path: &'a str) -> FileFuture<'a, ()> {
        refused()
    }

    /// Removes an empty folder.
    fn remove_folder<'a>(&'a self, _path: &'a str) -> FileFuture<'a, ()> {
        refused()
    }

    /// Moves a file or folder to another name, over a file or an empty folder that has it.
    fn rename<'a>(&'a self, _from: &'a str, _to: &'a str) -> FileFuture<'a, ()> {
        refused()
    }

    /// Sets the times of a file or folder; `None` leaves one as it is.
    fn set_times<'a>(
        &'a self,
        _path: &'a str,
        _accessed: Option<SystemTime>,
        _modified: Option<SystemTime>,
    ) -> FileFuture<'a, ()> {
        refused()
    }
}

/// A folder of a [`FileSystem`] that is being listed. It is dropped when nobody wants more of it.
pub trait FolderListing: Send + 'static {
    /// The next entries, best some hundred at a time; none means that these were all.
    fn next(&mut self) -> FileFuture<'_, Vec<FolderEntry>>;
}

/// All entries as the one part.
struct WholeListing(Vec<FolderEntry>);

impl FolderListing for WholeListing {
    fn next(&mut self) -> FileFuture<'_, Vec<FolderEntry>> {
        Box::pin(std::future::ready(Ok(std::mem::take(&mut self.0))))
    }
}

/// An open file of a [`FileSystem`]. It is closed when the last one who has it drops it.
pub trait OpenFile: Send + Sync + 'static {
    /// What it is now.
    fn metadata(&self) -> FileFuture<'_, Metadata>;

    /// At most `length` bytes from `offset` on. Fewer are allowed; none means that the file ends there. `length` is at
    /// most 1 MiB.
    fn read(&self, offset: u64, length: usize) -> FileFuture<'_, Bytes>;

    /// Writes all the bytes at `offset`, or at the end of the file if it is `None`.
    fn write(&self, _offset: Option<u64>, _bytes: Bytes) -> FileFuture<'_, ()> {
        refused()
    }

    /// Cuts the file off, or fills it up with zeros.
    fn set_length(&self, _length: u64) -> FileFuture<'_, ()> {
        refused()
    }

    /// Makes sure that what was written is kept.
    fn sync(&self) -> FileFuture<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn refused<'a, T: Send + 'a>() -> FileFuture<'a, T> {
    Box::pin(std::future::ready(Err(io::ErrorKind::ReadOnlyFilesystem.into())))
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenMode {
    /// One that is there, to be read only.
    Read,
    /// One that is there, to be read and written.
    Write,
    /// One that is not there yet, to be read and written. `AlreadyExists`, if it is.
    Create,
}

/// What something in a [`FileSystem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// Bytes.
    File,
    /// A folder.
    Folder,
    /// A link to something else; comes from [`FileSystem::link_metadata`] and in listings only.
    Link,
    /// Anything else, such as a device. Nothing can be done with it but to remove it.
    Other,
}

/// What is known of something in a [`FileSystem`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: FileKind,
    /// Length of a file in bytes.
    pub size: u64,
    /// How many names it has.
    pub links: u64,
    /// When it was read last, if that is known.
    pub accessed: Option<SystemTime>,
    /// When its content was changed, if that is known. Python's caches rely on it.
    pub modified: Option<SystemTime>,
    /// When it was changed in any way, if that is known.
    pub changed: Option<SystemTime>,
    /// Tells it from everything else in the file system: the inode number. 0 stands for one made of the path.
    pub identity: u64,
}

impl Metadata {
    /// A file of `size` bytes, with nothing else known.
    pub fn file(size: u64) -> Self {
        let kind = FileKind::File;
        Self { kind, size, links: 1, accessed: None, modified: None, changed: None, identity: 0 }
    }

    /// A folder, with nothing else known.
    pub fn folder() -> Self {
        Self { kind: FileKind::Folder, ..Self::file(0) }
    }
}

/// Something in a folder of a [`FileSystem`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEntry {
    /// Its name in the folder.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
}

impl FolderEntry {
    /// A file.
    pub fn file(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: FileKind::File }
    }

    /// A folder.
    pub fn folder(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: FileKind::Folder }
    }
}

impl fmt::Debug for dyn FileSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileSystem")
    }
}

impl fmt::Debug for dyn FolderListing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parts")
    }
}

impl fmt::Debug for dyn OpenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenFile")
    }
}
