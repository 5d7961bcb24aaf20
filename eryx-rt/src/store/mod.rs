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
mod folder;
mod lock;
mod maintain;
mod memory;
mod stamp;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::bundle::{Kind, Reader};

pub use error::StoreError;
pub use maintain::{Entry, Pruned};

use error::{Trouble, Why};
use folder::{Access, Folder};
use lock::Lock;

/// File of each extracted section, by its name in the bundle's folder.
const PARTS: [(Kind, &str); 3] = [(Kind::Code, CODE), (Kind::Tree, TREE), (Kind::Image, IMAGE)];
const CODE: &str = "code.cwasm";
const TREE: &str = "tree.pack";
const IMAGE: &str = "heap.image";

/// A place for extracted bundles; the rules are in the [module docs](self).
///
/// A value only names the place: it is cheap, holds nothing open and creates nothing before [`Store::open`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Folder { path: PathBuf, access: Access },
    Memory,
}

/// The sections of a bundle as files, ready to be mapped.
#[derive(Debug)]
#[non_exhaustive]
pub struct Extracted {
    /// The machine code, opened for reading.
    pub code: File,
    /// The packed file tree, opened for reading.
    pub tree: File,
    /// The start image of linear memory, opened for reading.
    pub image: File,
    /// How they came to be.
    pub origin: Origin,
    /// The bundle's folder, unless in memory.
    folder: Option<PathBuf>,
}

/// How the files of an [`Extracted`] came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// Written to the store by this call.
    Extracted,
    /// Found in the store, and intact.
    Reused,
    /// Decoded into sealed memory files of this process.
    Memory,
}

impl Store {
    /// The folder in the environment variable `ERYX_STORE_DIR` if that is set and not empty, else `eryx-<uid>` in the
    /// folder for temporary files.
    pub fn default_location() -> Self {
        match std::env::var_os("ERYX_STORE_DIR") {
            Some(path) if !path.is_empty() => Self::at(path),
            _ => Self::in_temp_dir(&std::env::temp_dir()),
        }
    }

    /// A folder of the user's choice, created (with its parents) if need be.
    ///
    /// It must belong to the user of this process, and nobody else may be able to write to it. Neither should others
    /// be able to rename its parents, as in any folder with code in it.
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self { place: Place::Folder { path: tidy(path.as_ref()), access: Access::Chosen } }
    }

    /// No folder: each [`Store::open`] decodes into sealed memory files. On Linux only; an error elsewhere.
    pub fn in_memory() -> Self {
        Self { place: Place::Memory }
    }

    fn in_temp_dir(temp_dir: &Path) -> Self {
        let name = format!("eryx-{}", rustix::process::geteuid().as_raw());
        Self { place: Place::Folder { path: tidy(&temp_dir.join(name)), access: Access::Temporary } }
    }

    /// The folder, or `None` for a store in memory. It need not exist yet.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder { path, .. } => Some(path),
            Place::Memory => None,
        }
    }

    /// The files of a bundle: found and checked, or else extracted.
    ///
    /// Finding them takes some twenty system calls and no lock. Extraction waits for other processes and threads that
    /// extract into the same store, and then uses their work if it is the same bundle. Blocks; expect some hundred
    /// milliseconds for an extraction.
    pub fn open(&self, bundle: &Reader<'_>) -> Result<Extracted, StoreError> {
        let mut needed = 0;
        for (kind, _) in PARTS {
            needed += bundle.entry(kind)?.raw_length;
        }
        let Place::Folder { path, access } = &self.place else { return memory::extract(bundle) };
        match open_in(path, *access, bundle) {
            Ok(extracted) => Ok(extracted),
            Err(Trouble::Error(error)) => Err(error),
            Err(Trouble::Full { path }) => Err(StoreError::Full { path, needed }),
            Err(trouble @ Trouble::TooLarge) => Err(trouble.into_error()),
            Err(Trouble::Unusable { path, why: why @ Why::Foreign { .. } }) => {
                tracing::warn!(
                    path = %path.display(),
                    %why,
                    "the store is not used, and each process extracts the bundle to memory; set ERYX_STORE_DIR to a \
                     folder that only you can write to"
                );
                memory::extract(bundle)
            }
            Err(Trouble::Unusable { path, why }) => {
                tracing::debug!(path = %path.display(), %why, "store not usable, extracting to memory");
                memory::extract(bundle)
            }
        }
    }
}

fn open_in(path: &Path, access: Access, bundle: &Reader<'_>) -> Result<Extracted, Trouble> {
    let name = bundle.id().to_string();
    let found = |[code, tree, image]: [File; 3], origin, folder: &Folder| Extracted {
        code,
        tree,
        image,
        origin,
        folder: Some(folder.path().to_owned()),
    };

    if let Some(root) = Folder::open(path, access)? {
        root.check_mount(0)?;
        if let Some(folder) = root.subfolder(&name)? {
            match stamp::open_matching(&folder, bundle) {
                Ok(files) => return Ok(found(files, Origin::Reused, &folder)),
                Err(why) => tracing::debug!(path = %folder.path().display(), %why, "extracting again"),
            }
        }
    }

    let root = Folder::create(path, access)?;
    root.check_mount(0)?;
    let _lock = Lock::take(&root)?;
    let folder = root.create_subfolder(&name)?;
    // Somebody may have extracted it while we waited for the lock.
    if let Ok(files) = stamp::open_matching(&folder, bundle) {
        return Ok(found(files, Origin::Reused, &folder));
    }
    let files = extract::extract(&folder, bundle)?;
    Ok(found(files, Origin::Extracted, &folder))
}

impl Extracted {
    /// A path that opens the very file behind [`Extracted::code`], for interfaces that take no handle.
    ///
    /// It goes through procfs (`/proc/self/fd/N`), valid as long as `self` lives. Where that is not mounted, it is
    /// the path in the store, if the same file is there at this moment; the folder is ours alone, so it stays so.
    /// `None` if there is no such path (memory files without procfs): read the bytes from the handle.
    pub fn code_path(&self) -> Option<PathBuf> {
        let through_handle = format!("/proc/self/fd/{}", self.code.as_raw_fd());
        self.path_among([Some(through_handle.into()), self.folder.as_ref().map(|folder| folder.join(CODE))])
    }

    /// The first path that leads to the code file at this moment.
    fn path_among(&self, candidates: [Option<PathBuf>; 2]) -> Option<PathBuf> {
        let handle = self.code.metadata().ok()?;
        candidates.into_iter().flatten().find(|path| {
            std::fs::metadata(path)
                .is_ok_and(|found| (found.dev(), found.ino()) == (handle.dev(), handle.ino()))
        })
    }
}

/// Drops trailing slashes and `.`, with which O_NOFOLLOW would follow a link in the last place.
fn tidy(path: &Path) -> PathBuf {
    path.components().collect()
}
