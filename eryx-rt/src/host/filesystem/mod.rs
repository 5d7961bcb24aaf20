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
//! | `place` | what a path can lead to, and what can be open |
//! | `namespace`, `changes`, `listing`, `outside` | one tree of names over all of it, and what is done in it |
//! | `streams`, `outside_streams`, `descriptor` | WASI's view |
//! | `access` | the host's view |
//! | `copy` | files at one moment, for snapshots |

mod access;
mod changes;
mod content;
mod copy;
mod descriptor;
mod file_system;
#[cfg(fuzzing)]
pub mod fuzzing;
mod host_folder;
mod listing;
mod memory;
mod mount;
mod mounts;
mod namespace;
mod outside;
mod outside_streams;
mod place;
mod quota;
mod streams;
#[cfg(test)]
mod tests;

use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types};

use super::HostState;

pub use access::FileInfo;
pub(crate) use copy::Files;
pub use file_system::{Answer, Entry, FileKind, FileSystem, How, Metadata, OpenFile, Parts};
pub use host_folder::HostFolder;
pub use mount::Mount;
pub(crate) use mounts::{Mounts, add_file};
pub(crate) use namespace::Namespace;
pub(crate) use quota::Quota;

pub(super) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    preopens::add_to_linker::<_, HasSelf<_>>(linker, |state| state)
}
