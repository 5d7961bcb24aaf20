//! Walks through a tar archive within bounds.
//!
//! The reader of the archive holds long names and PAX headers in memory, whatever size they state, and skips content
//! that nobody reads, however long it is. So the stream below it is given out in portions: a small one for what stands
//! before a file, and what is left of all files for its content.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use tar::Entry;

use crate::bounds::{CappedReader, ENTRIES, HEADER_BYTES, SDIST_BYTES, is_too_much, size};
use crate::error::{Context as _, Error, Result};

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WalkStep {
    Go,
    Stop,
}

/// The stream below the archive, whose portion can be changed while the archive reads from it.
pub(super) struct PortionedStream<R>(Rc<RefCell<CappedReader<R>>>);

impl<R: Read> Read for PortionedStream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(buffer)
    }
}

/// Shows each entry to `visit`, with the bytes that all files may still have.
///
/// # Errors
/// Those of `visit`; or when it is no tar archive, or is larger than it may be.
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
        // What was not looked at counts as well: it has to be unpacked to get past it.
        io::copy(&mut entry, &mut io::sink()).context(|| "it is a broken tar archive")?;
        left -= entry.size();
        if next == WalkStep::Stop {
            return Ok(());
        }
        stream.borrow_mut().allow(HEADER_BYTES);
    }
    Ok(())
}

/// The error for files that are larger than they may be.
pub(super) fn too_large() -> Error {
    Error::new(format!("it unpacks to more than {}", size(SDIST_BYTES)))
}

fn broken(error: io::Error) -> Error {
    if is_too_much(&error) {
        return Error::new(format!("it holds a file whose headers are larger than {}", size(HEADER_BYTES)));
    }
    Error::new("it is not a tar archive, or a broken one").because(error)
}
