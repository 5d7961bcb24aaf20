//! `wasi:filesystem`: one preopened folder, `/`, which is the packed tree with files in memory mounted in it,
//! and `/dev/null`.
//!
//! The packed tree is read-only. `/tmp` and `/data`, and what else is mounted, belong to one interpreter and are gone
//! with it; nothing of them exists before something in them is asked for. What the guest writes is limited in bytes and
//! in number, both counted exactly, and holes in files count as if they were written.
//!
//! | module | what it knows |
//! | --- | --- |
//! | `content` | the bytes of one file |
//! | `memory` | the tree of files in memory, and its quota |
//! | `mounts` | where they are mounted, and what is in them at first |
//! | `namespace` | one tree of names over all of it |
//! | `streams`, `descriptor` | WASI's view |
//! | `access` | the host's view |
//! | `copy` | files at one moment, for snapshots |

mod access;
mod content;
mod copy;
mod descriptor;
mod memory;
mod mounts;
mod namespace;
mod streams;
#[cfg(test)]
mod tests;

use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types};

use super::HostState;

pub use access::FileInfo;
pub(crate) use copy::Files;
pub(crate) use memory::Quota;
pub use mounts::Mount;
pub(crate) use mounts::{Mounts, add_file};
pub(crate) use namespace::Namespace;

pub(super) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    preopens::add_to_linker::<_, HasSelf<_>>(linker, |state| state)
}
