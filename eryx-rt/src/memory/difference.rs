//! The difference between a linear memory and the start image: the bulk of a session's snapshot.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;

use memmap2::Mmap;

use super::page::page_size;
use super::pooled::{PooledMemory, is_zero};

/// The granularity of changes. It is the same on machines with larger pages, because a snapshot may move to another
/// machine.
pub(crate) const PIECE: usize = 4096;

/// Minimum length in bytes of a range that is mapped into a memory. Shorter ranges are copied, which is cheaper.
const WORTH_MAPPING: usize = 256 << 10;

/// Minimum length in bytes of data that is kept in a memory file. For shorter data a file handle is not worth it.
const WORTH_A_FILE: usize = 1 << 20;

/// The pieces of a memory that differ from the start image, and the memory's size.
#[derive(Debug)]
pub(crate) struct Difference {
    size: usize,
    changes: Vec<MemoryChange>,
    data: ChangeData,
}

/// A range of memory that differs. Both numbers are in bytes and multiples of [`PIECE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemoryChange {
    pub(crate) start: usize,
    pub(crate) length: usize,
    /// Whether the range is all zero, and so has no data.
    pub(crate) zero: bool,
}

impl MemoryChange {
    fn range(self) -> Range<usize> {
        self.start..self.start + self.length
    }
}

/// The content of all non-zero changes, concatenated.
#[derive(Debug)]
enum ChangeData {
    Heap(Vec<u8>),
    /// A file in memory, which the memories map.
    File {
        file: File,
        bytes: Mmap,
    },
}

/// The reason why parts do not form a difference.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DifferenceError {
    #[error("it has {0}")]
    Malformed(&'static str),
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Difference {
    /// Compares a memory with its image.
    pub(super) fn of(memory: &PooledMemory) -> io::Result<Self> {
        let (bytes, image) = (memory.bytes(), memory.image().bytes());
        let mut changes: Vec<MemoryChange> = Vec::new();
        for range in memory.candidates() {
            for start in range.step_by(PIECE) {
                let now = &bytes[start..start + PIECE];
                let before = image.get(start..start + PIECE);
                let zero = is_zero(now);
                if before.map_or(zero, |before| before == now) {
                    continue;
                }
                match changes.last_mut() {
                    Some(last) if last.range().end == start && last.zero == zero => last.length += PIECE,
                    _ => changes.push(MemoryChange { start, length: PIECE, zero }),
                }
            }
        }
        let length = data_length(&changes);
        let data = ChangeData::write(length, |to| {
            changes
                .iter()
                .filter(|change| !change.zero)
                .try_for_each(|change| to.write_all(&bytes[change.range()]))
        })?;
        Ok(Self { size: bytes.len(), changes, data })
    }

    /// Assembles a difference from its parts. `write` writes the data. It may stop after as many bytes as its second
    /// argument says, because more data than the changes need is an error anyway.
    ///
    /// # Errors
    /// If the parts do not fit together, or `write` fails.
    pub(crate) fn from_parts(
        size: usize,
        changes: Vec<MemoryChange>,
        write: impl FnOnce(&mut dyn Write, u64) -> io::Result<()>,
    ) -> Result<Self, DifferenceError> {
        if size as u64 > 1 << 32 || !size.is_multiple_of(64 << 10) {
            return Err(DifferenceError::Malformed("an impossible memory size"));
        }
        let mut end = 0;
        for change in &changes {
            let whole = change.start % PIECE == 0 && change.length % PIECE == 0 && change.length > 0;
            let next = change.start.checked_add(change.length).filter(|next| *next <= size);
            match next {
                Some(next) if whole && change.start >= end => end = next,
                _ => return Err(DifferenceError::Malformed("a change in an impossible place")),
            }
        }
        let length = data_length(&changes);
        let data = ChangeData::write(length, |to| write(to, length as u64 + 1))?;
        if data.bytes().len() != length {
            return Err(DifferenceError::Malformed("more or less data than changes"));
        }
        Ok(Self { size, changes, data })
    }

    /// Size of the memory, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The changes, in ascending order.
    pub(crate) fn changes(&self) -> &[MemoryChange] {
        &self.changes
    }

    /// The content of all non-zero changes, concatenated.
    pub(crate) fn data(&self) -> &[u8] {
        self.data.bytes()
    }

    /// Applies the changes to a memory that equals its image.
    pub(super) fn apply(&self, memory: &mut PooledMemory) -> io::Result<()> {
        memory.grow(self.size)?;
        if memory.size() != self.size {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the snapshot's memory is smaller than the image's",
            ));
        }
        let mut offset = 0;
        for change in &self.changes {
            if change.zero {
                memory.bytes_mut()[change.range()].fill(0);
                continue;
            }
            let data = offset..offset + change.length;
            offset = data.end;
            match &self.data {
                ChangeData::File { file, .. }
                    if change.length >= WORTH_MAPPING
                        && [change.start, change.length, data.start]
                            .iter()
                            .all(|at| at % page_size() == 0) =>
                {
                    memory.overlay(change.range(), file, data.start as u64)?;
                }
                other => memory.bytes_mut()[change.range()].copy_from_slice(&other.bytes()[data]),
            }
        }
        Ok(())
    }
}

fn data_length(changes: &[MemoryChange]) -> usize {
    changes.iter().filter(|change| !change.zero).map(|change| change.length).sum()
}

impl ChangeData {
    fn write<E: From<io::Error>>(
        length: usize,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<Self, E> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if length >= WORTH_A_FILE
            // `ulimit -f` applies to memory files too.
            && crate::file_size::limit().is_none_or(|limit| length as u64 <= limit)
            && let Ok(mut file) = memory_file()
        {
            write(&mut file)?;
            // SAFETY: the file has no name, its only handle stays in this value, and it is not written any more.
            let bytes = unsafe { Mmap::map(&file) }?;
            return Ok(Self::File { file, bytes });
        }
        let mut bytes = Vec::with_capacity(length.min(WORTH_A_FILE));
        write(&mut bytes)?;
        Ok(Self::Heap(bytes))
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Heap(bytes) => bytes,
            Self::File { bytes, .. } => bytes,
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn memory_file() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(File::from(memfd_create("eryx-snapshot", MemfdFlags::CLOEXEC)?))
}
