//! Walks through a tar archive within limits.
//!
//! The reader of the archive holds long names and PAX headers in memory, whatever size they state. It also skips unread
//! content, however long that is. So the stream below it has two limits: a small one for the headers before a file, and
//! the remaining total for the file's content.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use tar::Entry;

use crate::bounds::{CappedReader, ENTRIES, HEADER_BYTES, SDIST_BYTES, is_too_much, size};
use crate::error::{Context as _, Error, Result};

/// Whether to continue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WalkStep {
    Go,
    Stop,
}

/// The stream below the archive. Its limit can change while the archive reads from it.
pub(super) struct PortionedStream<R>(Rc<RefCell<CappedReader<R>>>);

impl<R: Read> Read for PortionedStream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(buffer)
    }
}

/// Passes each entry to `visit`, with the number of bytes that all files may still have.
///
/// # Errors
/// The error of `visit`; or when the input is not a tar archive, or exceeds its limit.
pub(super) fn walk<R: Read>(
    reader: R,
    mut visit: impl FnMut(&mut Entry<'_, PortionedStream<R>>, u64) -> Result<WalkStep>,
) -> Result<()> {
    let stream = Rc::new(RefCell::new(CappedReader::new(reader, HEADER_BYTES)));
    let mut archive = tar::Archive::new(PortionedStream(Rc::clone(&stream)));
    let mut left = SDIST_BYTES;
    for (index, entry) in archive.entries().map_err(broken)?.enumerate() {
        if index as u64 >= ENTRIES {
            return Err(Error::new(format!("it holds more than {ENTRIES} files")));
        }
        let mut entry = entry.map_err(broken)?;
        if entry.size() > left {
            return Err(too_large());
        }
        stream.borrow_mut().allow(entry.size());
        let next = visit(&mut entry, left)?;
        // Skipped content counts too, because it must be unpacked.
        io::copy(&mut entry, &mut io::sink()).context(|| "it is a broken tar archive")?;
        left -= entry.size();
        if next == WalkStep::Stop {
            return Ok(());
        }
        stream.borrow_mut().allow(HEADER_BYTES);
    }
    Ok(())
}

/// Creates the error for files that exceed their limit.
pub(super) fn too_large() -> Error {
    Error::new(format!("it unpacks to more than {}", size(SDIST_BYTES)))
}

fn broken(error: io::Error) -> Error {
    if is_too_much(&error) {
        return Error::new(format!("it holds a file whose headers are larger than {}", size(HEADER_BYTES)));
    }
    Error::new("it is not a tar archive, or a broken one").because(error)
}
