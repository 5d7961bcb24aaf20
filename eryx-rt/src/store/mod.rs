//! The store: where the sections of a bundle become files that can be mapped.
//!
//! Machine code runs out of a mapped file, and a bundle inside an executable is compressed. So the first process
//! that opens a bundle extracts it, and the next ones map the same files, sharing their pages.
//!
//! # Trust
//!
//! Whoever can write the code file owns every process that maps it. The rules:
//!
//! - The root (`<temp dir>/eryx-<uid>`) and the folder of each bundle are real folders, not links, are owned by the
//!   user of this process and have mode 0700. A root the user has chosen may be readable by others, but not
//!   writable. Anything else is refused with [`StoreError::Unsafe`]: it may be somebody's trap.
//! - Folders are opened once and checked on the handle; everything inside is reached relative to that handle. So
//!   nothing can be swapped between check and use.
//! - Files are opened without following links and checked on the handle: regular, owned by us, one link, not
//!   writable by others, and matching the *stamp*. A file that fails is replaced, never used.
//! - What [`Store::open`] returns are those very handles.
//!
//! # The stamp
//!
//! Hashing 50 MB at each start would cost more than all the rest. Instead the extraction, which has just hashed what
//! it wrote, leaves a `stamp` next to the files: the bundle id, and for each file its BLAKE3, size, inode and *ctime*
//! (time of the last change of content or attributes, in nanoseconds). A later start compares these with what
//! `fstat` says of the opened handles. The ctime is what makes it work: unlike the mtime, no call can set it, so an
//! edit in place shows even if size and mtime are put back. Kernels advance file times in steps of a few
//! milliseconds, so an edit within that time after the extraction could go unseen; only a process of the same user
//! could make it, and that one needs no such trick.
//!
//! # Extraction
//!
//! ```text
//! <root>/lock                 taken while anything in the root is changed
//! <root>/<bundle id>/code.cwasm
//!                    tree.pack
//!                    heap.image
//!                    stamp    comes last: without a matching stamp the files do not exist for us
//!                    .tmp-*   being written, or left by a killed process and removed by the next extraction
//! ```
//!
//! Files are written under a temporary name, checked against the hashes in the bundle, synced and renamed. A process
//! that is killed at any point leaves nothing that would be used. A damaged, edited or partly missing
//! bundle folder is extracted again over the old one; processes that have the old files mapped keep them.
//!
//! # Without a disk
//!
//! Where no file can be mapped as code (no temp dir, no right to write, a read-only disk, a `noexec` mount), the
//! sections go to sealed memory files that nobody can change, at the price of extracting in each process. A folder
//! that is unsafe or a disk that is full is an error instead: both need a person. One case is no error: a root in the
//! temp dir that belongs to another user. Anybody could stop our programs with one, so they do without it, with a
//! warning.
//!
//! A limit on the size of files (`ulimit -f`) holds for memory files too: a bundle that has to be extracted under one
//! that is too low is an error.
//!
//! ```no_run
//! use eryx_rt::bundle::Reader;
//! use eryx_rt::store::{Origin, Store};
//!
//! let bytes = std::fs::read("app.eryx")?;
//! let extracted = Store::default_location().open(&Reader::new(&bytes)?)?;
//! assert!(extracted.origin != Origin::Memory);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(not(unix))]
compile_error!("eryx runs on Unix only for now: the store needs its file ownership and locks");

mod error;
mod extract;
mod extracted;
mod folder;
mod lock;
mod maintain;
mod memory;
mod parts;
mod stamp;
#[expect(clippy::module_inception, reason = "named after its type")]
mod store;

#[cfg(test)]
mod tests;

pub use error::StoreError;
pub use extracted::{ExtractedFiles, Origin};
pub use maintain::{PruneReport, StoredBundle};
pub use store::Store;
