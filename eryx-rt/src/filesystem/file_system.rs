//! The traits that a file system implements to be mounted in a sandbox.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

/// The future that the methods of a [`FileSystem`] return.
///
/// While it is pending, other tasks run, and the sandbox's wall-time limit and cancellation work. So a slow operation
/// must await and not block:
///
/// - `Box::pin(async move { … })` makes a future of asynchronous code.
/// - `tokio::task::spawn_blocking` runs blocking code, for example a read with `std::fs`.
/// - `Box::pin(std::future::ready(…))` returns a result that is available at once.
pub type FileFuture<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// A file system of the embedding program, for example an object store, a database, or assets in the binary. Mount it
/// with [`Mount::custom`](crate::Mount::custom).
///
/// # Paths
/// Paths are relative to the mount: UTF-8, at most 4096 bytes, names separated by single slashes, no `.` or `..`, no
/// slash at either end. For example, `/models/en/words.txt` in a mount at `/models` is `en/words.txt`. The empty path
/// is the mounted folder itself. Code in the sandbox chooses the paths.
///
/// # Errors
/// The [kind](io::Error::kind) of an error, or its code if it comes from the operating system, decides which `OSError`
/// Python raises. For example, `NotFound` becomes `FileNotFoundError`. Kinds without an equivalent become `EIO`. The
/// error's text stays on the host.
///
/// # Checks before a call
/// The sandbox checks names, `..`, the mount's permissions, quotas and the number of open files before it calls a
/// method. A read-only file system can leave out the methods that change files: their defaults refuse.
///
/// # Snapshots and forks
/// A snapshot or fork contains the session's files in memory, but no files of a mounted file system. A restored session
/// uses the file system that *its* sandbox has mounted at the same path. Files that were open in the old mount are
/// closed.
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
    /// Returns the metadata of the file or folder at a path. Follows links.
    fn metadata<'a>(&'a self, path: &'a str) -> FileFuture<'a, Metadata>;

    /// Returns the metadata at a path without following a link at its end. Only file systems with links need it.
    fn link_metadata<'a>(&'a self, path: &'a str) -> FileFuture<'a, Metadata> {
        self.metadata(path)
    }

    /// Returns the target of a link. Only file systems with links need it.
    fn read_link<'a>(&'a self, path: &'a str) -> FileFuture<'a, String> {
        // The path exists and is not a link.
        Box::pin(async move { self.metadata(path).await.and(Err(io::ErrorKind::InvalidInput.into())) })
    }

    /// Returns all entries of a folder, in any order.
    ///
    /// Code in a sandbox may list many folders at the same time. Entries that it has not read yet count against
    /// [`Limits::with_host_memory`](crate::Limits::with_host_memory). If they do not fit, Python raises `OSError` with
    /// `ENOMEM`. So implement [`list_in_parts`](Self::list_in_parts) if folders may be large.
    fn list<'a>(&'a self, path: &'a str) -> FileFuture<'a, Vec<FolderEntry>>;

    /// Starts to list a folder in parts, so that large folders need not be in memory as a whole. The sandbox calls this
    /// method; its default calls [`list`](Self::list).
    fn list_in_parts<'a>(&'a self, path: &'a str) -> FileFuture<'a, Box<dyn FolderListing>> {
        Box::pin(async move {
            let entries = self.list(path).await?;
            Ok(Box::new(WholeListing(entries)) as Box<dyn FolderListing>)
        })
    }

    /// Opens a file, never a folder. If possible, the open file stays readable after its name was removed.
    fn open<'a>(&'a self, path: &'a str, how: OpenMode) -> FileFuture<'a, Arc<dyn OpenFile>>;

    /// Creates a folder in an existing folder.
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

    /// Moves a file or folder to a new name. Replaces a file or an empty folder that has this name.
    fn rename<'a>(&'a self, _from: &'a str, _to: &'a str) -> FileFuture<'a, ()> {
        refused()
    }

    /// Sets the times of a file or folder. `None` leaves a time unchanged.
    fn set_times<'a>(
        &'a self,
        _path: &'a str,
        _accessed: Option<SystemTime>,
        _modified: Option<SystemTime>,
    ) -> FileFuture<'a, ()> {
        refused()
    }
}

/// A running listing of a folder in a [`FileSystem`]. It is dropped when the guest stops reading it.
pub trait FolderListing: Send + 'static {
    /// Returns the next entries, ideally some hundred at a time. An empty vector ends the listing.
    fn next(&mut self) -> FileFuture<'_, Vec<FolderEntry>>;
}

/// All entries as a single part.
struct WholeListing(Vec<FolderEntry>);

impl FolderListing for WholeListing {
    fn next(&mut self) -> FileFuture<'_, Vec<FolderEntry>> {
        Box::pin(std::future::ready(Ok(std::mem::take(&mut self.0))))
    }
}

/// An open file of a [`FileSystem`]. It is closed when the last reference is dropped.
pub trait OpenFile: Send + Sync + 'static {
    /// Returns the file's current metadata.
    fn metadata(&self) -> FileFuture<'_, Metadata>;

    /// Returns up to `length` bytes from `offset` on; `length` is at most 1 MiB. It may return fewer bytes. An empty
    /// result means the end of the file.
    fn read(&self, offset: u64, length: usize) -> FileFuture<'_, Bytes>;

    /// Writes all bytes at `offset`; `None` appends them to the file.
    fn write(&self, _offset: Option<u64>, _bytes: Bytes) -> FileFuture<'_, ()> {
        refused()
    }

    /// Truncates the file or extends it with zeros.
    fn set_length(&self, _length: u64) -> FileFuture<'_, ()> {
        refused()
    }

    /// Writes buffered data to permanent storage.
    fn sync(&self) -> FileFuture<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn refused<'a, T: Send + 'a>() -> FileFuture<'a, T> {
    Box::pin(std::future::ready(Err(io::ErrorKind::ReadOnlyFilesystem.into())))
}

/// The mode in which a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenMode {
    /// Opens an existing file for reading.
    Read,
    /// Opens an existing file for reading and writing.
    Write,
    /// Creates a file and opens it for reading and writing. Fails with `AlreadyExists` if the name is taken.
    Create,
}

/// The type of an entry in a [`FileSystem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link. Only [`FileSystem::link_metadata`] and listings return it.
    Link,
    /// Any other type, such as a device. The guest can remove it, but not open it.
    Other,
}

/// The metadata of a file or folder in a [`FileSystem`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Its type.
    pub kind: FileKind,
    /// Length of a file in bytes.
    pub size: u64,
    /// Number of names (hard links).
    pub links: u64,
    /// Time of the last read, if known.
    pub accessed: Option<SystemTime>,
    /// Time of the last change of the content, if known. Python's caches rely on it.
    pub modified: Option<SystemTime>,
    /// Time of the last change of content or metadata, if known.
    pub changed: Option<SystemTime>,
    /// The inode number: a number that is unique in the file system. With 0, a number is derived from the path.
    pub identity: u64,
}

impl Metadata {
    /// Metadata of a file of `size` bytes; all other fields have their defaults.
    pub fn file(size: u64) -> Self {
        let kind = FileKind::File;
        Self { kind, size, links: 1, accessed: None, modified: None, changed: None, identity: 0 }
    }

    /// Metadata of a folder; all other fields have their defaults.
    pub fn folder() -> Self {
        Self { kind: FileKind::Folder, ..Self::file(0) }
    }
}

/// An entry of a folder in a [`FileSystem`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEntry {
    /// Its name in the folder.
    pub name: String,
    /// Its type.
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
