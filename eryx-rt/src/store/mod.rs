//! The store: it extracts the sections of a bundle to files that can be mapped.
//!
//! Machine code runs from a mapped file, and a bundle inside an executable is compressed. So the first process that
//! opens a bundle extracts it. Later processes map the same files and share their pages.
//!
//! # Trust
//!
//! Every user who can write the code file controls every process that maps it. So the store has these rules:
//!
//! - The root (`<temp dir>/eryx-<uid>`) and the folder of each bundle are real folders, not links. They belong to the
//!   user of this process and have mode 0700. A root that the user has chosen may be readable by others, but not
//!   writable. Every other folder is rejected with [`StoreError::Unsafe`], because it may be a trap.
//! - Folders are opened once and checked on the handle. Everything inside is reached relative to that handle, so it
//!   cannot be swapped between check and use.
//! - Files are opened without following links and checked on the handle: regular, owned by this user, one link, not
//!   writable by others, and matching the *stamp*. A file that fails a check is replaced and never used.
//! - [`Store::open`] returns these checked handles.
//!
//! # The stamp
//!
//! Hashing 50 MB at each start would cost more than the rest of the start. Instead, the extraction hashes each file as
//! it writes it, and then writes a `stamp` next to the files: the bundle id, and for each file its BLAKE3, size, inode
//! and *ctime* (time of the last change of content or attributes, in nanoseconds). A later start compares the stamp
//! with the `fstat` of the opened handles.
//!
//! The ctime makes this reliable: unlike the mtime, it cannot be set by any call, so it reveals an edit in place even
//! if size and mtime are restored. Kernels advance file times in steps of a few milliseconds, so an edit within that
//! time after the extraction could go undetected. Only a process of the same user could make it, and such a process has
//! simpler ways.
//!
//! # Extraction
//!
//! ```text
//! <root>/lock                 held while any file in the root is changed
//! <root>/<bundle id>/code.cwasm
//!                    tree.pack
//!                    heap.image
//!                    stamp    written last: without a matching stamp the other files do not count
//!                    .tmp-*   being written, or left by a killed process and removed by the next extraction
//! ```
//!
//! Files are written under a temporary name, checked against the hashes in the bundle, synced and renamed. Files of a
//! process that is killed at any point are never used. A damaged, edited or incomplete bundle folder is overwritten by
//! a new extraction. Processes that have mapped the old files keep them.
//!
//! # Without a disk
//!
//! If files cannot be mapped as code (no temporary folder, no permission to write, a read-only disk, a `noexec` mount),
//! the sections go to sealed memory files, which cannot be changed. The price is an extraction in each process.
//!
//! An unsafe folder and a full disk are errors instead, because a person must resolve both. One case is not an error: a
//! root in the temporary folder that belongs to another user. Any user could create one to stop our programs, so they
//! log a warning and use memory files.
//!
//! A limit on file sizes (`ulimit -f`) applies to memory files too. If it is too low for a bundle that must be
//! extracted, that is an error.
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
