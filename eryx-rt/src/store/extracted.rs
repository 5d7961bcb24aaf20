//! Extracted files of a bundle, as checked handles.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use super::parts::CODE;

/// The sections of a bundle as files, ready to be mapped.
#[derive(Debug)]
#[non_exhaustive]
pub struct ExtractedFiles {
    /// The machine code, opened for reading.
    pub code: File,
    /// The packed file tree, opened for reading.
    pub tree: File,
    /// The start image of linear memory, opened for reading.
    pub image: File,
    /// The origin of the files.
    pub origin: Origin,
    /// The bundle's folder; `None` for a store in memory.
    pub(super) folder: Option<PathBuf>,
}

/// The origin of the files in an [`ExtractedFiles`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// Written to the store by this call.
    Extracted,
    /// Found intact in the store.
    Reused,
    /// Decoded into sealed memory files of this process.
    Memory,
}

impl ExtractedFiles {
    /// Returns a path that opens exactly the file behind [`ExtractedFiles::code`], for interfaces that take no handle.
    ///
    /// The path goes through procfs (`/proc/self/fd/N`) and is valid as long as `self` lives. Without procfs, it is the
    /// path in the store, if it leads to the same file now; it stays valid, because only this user can change the
    /// folder. Returns `None` if there is no such path (memory files without procfs). Then read the bytes from the
    /// handle.
    pub fn code_path(&self) -> Option<PathBuf> {
        let through_handle = format!("/proc/self/fd/{}", self.code.as_raw_fd());
        self.path_among([Some(through_handle.into()), self.folder.as_ref().map(|folder| folder.join(CODE))])
    }

    /// Returns the first path that leads to the code file now.
    pub(super) fn path_among(&self, candidates: [Option<PathBuf>; 2]) -> Option<PathBuf> {
        let handle = self.code.metadata().ok()?;
        candidates.into_iter().flatten().find(|path| {
            std::fs::metadata(path)
                .is_ok_and(|found| (found.dev(), found.ino()) == (handle.dev(), handle.ino()))
        })
    }
}
