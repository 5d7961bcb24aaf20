//! `wasi:filesystem`: one preopen, `/`. It shows the packed tree, the folders mounted in it, and `/dev/null`.
//!
//! The packed tree is read-only. `/tmp`, `/data` and other mounts in memory belong to one interpreter and vanish with
//! it; they are created on first access. Files outside (folders of the host, file systems of the embedding program)
//! belong to the sandbox's configuration. The guest's writes are limited in bytes and in number of files. Both counts
//! are exact, and holes in files count like written bytes.
//!
//! | module | content |
//! | --- | --- |
//! | `content` | the bytes of one file in memory |
//! | `memory`, `quota` | the tree of files in memory; the limits on writes, in memory and outside |
//! | `file_system`, `host_folder` | the traits for files outside; their implementation for host folders |
//! | `mount`, `mounts` | the kinds of mounts, and their paths |
//! | `names`, `location`, `outside` | the targets of paths, and open files and folders |
//! | `namespace`, `changes`, `listing`, `outside_paths` | one tree of names over all files, and the operations on it |
//! | `streams`, `outside_streams`, `wasi` | WASI's view |
//! | `access` | the host's view |
//! | `snapshot` | files at one moment, for snapshots |

mod access;
mod changes;
mod content;
mod file_system;
#[cfg(fuzzing)]
pub mod fuzzing;
mod host_folder;
mod listing;
mod location;
mod memory;
mod mount;
mod mounts;
mod names;
mod namespace;
mod outside;
mod outside_paths;
mod outside_streams;
mod quota;
mod result;
mod snapshot;
mod streams;
#[cfg(test)]
mod tests;
mod wasi;

pub use access::FileInfo;
pub use file_system::{
    FileFuture, FileKind, FileSystem, FolderEntry, FolderListing, Metadata, OpenFile, OpenMode,
};
pub use host_folder::HostFolder;
pub use mount::Mount;
pub(crate) use mounts::{Mounts, add_file};
pub(crate) use namespace::Namespace;
pub(crate) use quota::Quota;
pub(crate) use snapshot::FileSnapshot;
pub(crate) use wasi::{FilesystemView, OpenFiles, add_to_linker};
