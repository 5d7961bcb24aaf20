//! The start image: the content of linear memory before the guest runs.

use std::fs::File;
use std::io;

use memmap2::Mmap;

use super::page::page_size;

/// A checked image file and its bytes.
#[derive(Debug)]
pub(crate) struct StartImage {
    file: File,
    /// The same pages that memories map, so reading them takes no second copy.
    bytes: Mmap,
}

impl StartImage {
    /// Maps a file that the store has checked.
    ///
    /// # Errors
    /// If it cannot be mapped, or its length is not a multiple of the page size.
    pub(crate) fn new(file: File) -> io::Result<Self> {
        // SAFETY: the mapping is read-only, and its file does not change: the store hands out handles on files that are
        // read-only, in a folder that only this user can write to, or on sealed memory.
        let bytes = unsafe { Mmap::map(&file) }?;
        if bytes.len() % page_size() != 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "the start image has {} bytes, which is not a multiple of the page size",
                    bytes.len()
                ),
            ));
        }
        Ok(Self { file, bytes })
    }

    /// Returns a second handle to the same image.
    #[cfg(test)]
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        Self::new(self.file.try_clone()?)
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The bytes from address zero on. The memory behind them is zero.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
