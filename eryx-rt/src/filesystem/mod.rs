//! `wasi:filesystem`: one preopened folder, `/`, which is the packed tree with folders mounted in it, and `/dev/null`.
//!
//! The packed tree is read-only. `/tmp` and `/data`, and what else is mounted in memory, belong to one interpreter and
//! are gone with it; nothing of them exists before something in them is asked for. What is outside (folders of the host,
//! file systems of the embedding program) belongs to the sandbox's configuration. What the guest writes is limited in
//! bytes and in number, both counted exactly, and holes in files count as if they were written.
//!
//! | module | what it knows |
//! | --- | --- |
//! | `content` | the bytes of one file in memory |
//! | `memory`, `quota` | the tree of files in memory; what may be written, there and outside |
//! | `file_system`, `host_folder` | what files outside have to be able to do; those of the host |
//! | `mount`, `mounts` | what can be mounted, and where it is |
//! | `names`, `location`, `outside` | what a path can lead to, and what can be open |
//! | `namespace`, `changes`, `listing`, `outside_paths` | one tree of names over all of it, and what is done in it |
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
