//! Bundles inside other files.

use super::header::MAGIC;
use super::reader::Reader;

/// Finds all bundles in `bytes`, in order, each with its offset. For inspecting built executables.
///
/// The magic alone is no proof, because every program that links this crate contains it. So a match also needs a
/// complete header with the right hash and valid bounds. Bundles with damaged sections match too: call
/// [`Reader::verify`].
pub fn find(bytes: &[u8]) -> Vec<(usize, Reader<'_>)> {
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(offset) = next_magic(bytes, position) {
        if let Ok(reader) = Reader::at_start(&bytes[offset..]) {
            position = offset + reader.as_bytes().len();
            found.push((offset, reader));
        } else {
            position = offset + 1;
        }
    }
    found
}

fn next_magic(bytes: &[u8], mut from: usize) -> Option<usize> {
    loop {
        // The first byte is rare in code and text, so a search for it alone keeps the scan of a large file fast.
        from += bytes.get(from..)?.iter().position(|byte| *byte == MAGIC[0])?;
        if bytes[from..].starts_with(&MAGIC) {
            return Some(from);
        }
        from += 1;
    }
}
