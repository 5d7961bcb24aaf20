//! Checks the end of a zip archive before a zip reader uses it.
//!
//! The end of the archive states the number of files and the length of the central directory, and zip readers allocate
//! memory by these numbers. The reader that eryx uses also tries earlier places when the last one does not fit. So this
//! check accepts only the form that every build tool writes: one end record at the very end, and the central directory
//! directly before it.

use std::io::{self, Read, Seek, SeekFrom};

use crate::bounds::{DIRECTORY_BYTES, ENTRIES, size};
use crate::error::{Context as _, Error, Result};

const END: &[u8; 4] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const LOCATOR: &[u8; 4] = b"PK\x06\x07";
const LOCATOR_BYTES: u64 = 20;
const END64: &[u8; 4] = b"PK\x06\x06";
const END64_BYTES: u64 = 56;

/// The claims of an archive about its central directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EndRecord {
    entries: u64,
    bytes: u64,
    offset: u64,
    /// Position where the central directory must end.
    end: u64,
    disks: bool,
}

/// Checks the claims of a zip archive about its central directory, and rewinds the reader to the start.
///
/// # Errors
/// When it is not a zip archive, has too many files, or contradicts itself.
pub fn check<R: Read + Seek>(reader: &mut R) -> Result<()> {
    let claims = claims(reader).context(|| "it is not a zip archive")?;
    if claims.entries > ENTRIES {
        return Err(Error::new(format!("it holds {} files; the limit is {ENTRIES}", claims.entries)));
    }
    if claims.bytes > DIRECTORY_BYTES {
        return Err(Error::new(format!(
            "its list of files has {} bytes; the limit is {}",
            claims.bytes,
            size(DIRECTORY_BYTES)
        )));
    }
    let fits = !claims.disks
        && claims.offset.checked_add(claims.bytes) == Some(claims.end)
        // 46 bytes is the least that an entry takes in the central directory.
        && claims.entries.checked_mul(46).is_some_and(|least| least <= claims.bytes);
    if !fits {
        return Err(Error::new("it is a broken zip archive: its end does not fit its list of files"));
    }
    reader.seek(SeekFrom::Start(0)).context(|| "it cannot be read")?;
    Ok(())
}

fn claims<R: Read + Seek>(reader: &mut R) -> io::Result<EndRecord> {
    let length = reader.seek(SeekFrom::End(0))?;
    let start = length.saturating_sub(END_BYTES as u64 + u64::from(u16::MAX));
    let tail = at(reader, start, (length - start) as usize)?;
    let last = tail.windows(END.len()).rposition(|window| window == END);
    let record = last.and_then(|last| tail.get(last..)).filter(|record| record.len() >= END_BYTES);
    let record = record.ok_or_else(|| io::Error::other("it has no end record"))?;
    if record.len() != END_BYTES + usize::from(u16_at(record, 20)) {
        return Err(io::Error::other("there are bytes behind its end"));
    }
    let end = length - record.len() as u64;
    let short = EndRecord {
        entries: u16_at(record, 10).into(),
        bytes: u32_at(record, 12).into(),
        offset: u32_at(record, 16).into(),
        end,
        disks: u16_at(record, 4) != 0 || u16_at(record, 6) != 0 || record[8..10] != record[10..12],
    };
    let Some(place) = end.checked_sub(LOCATOR_BYTES) else { return Ok(short) };
    let locator = at(reader, place, LOCATOR_BYTES as usize)?;
    if locator[..4] != *LOCATOR {
        return Ok(short);
    }
    let long = u64_at(&locator, 8);
    if long.checked_add(END64_BYTES) != Some(place) {
        return Err(io::Error::other("its long end record is not where it should be"));
    }
    let record = at(reader, long, END64_BYTES as usize)?;
    if record[..4] != *END64 {
        return Err(io::Error::other("it has no long end record"));
    }
    Ok(EndRecord {
        entries: u64_at(&record, 32),
        bytes: u64_at(&record, 40),
        offset: u64_at(&record, 48),
        end: long,
        disks: u32_at(&record, 16) != 0 || u32_at(&record, 20) != 0 || record[24..32] != record[32..40],
    })
}

fn at<R: Read + Seek>(reader: &mut R, place: u64, length: usize) -> io::Result<Vec<u8>> {
    reader.seek(SeekFrom::Start(place))?;
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: usize, zip64: bool) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for number in 0..files {
            zip.start_file(format!("f{number}"), SimpleFileOptions::default().large_file(zip64)).unwrap();
            zip.write_all(b"x").unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn error(bytes: &[u8]) -> String {
        let error = check(&mut Cursor::new(bytes)).unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        format!("{error}: {cause}")
    }

    /// Returns an archive of one file with a zip64 end record that claims these numbers.
    fn long(entries: u64, bytes: u64) -> Vec<u8> {
        let mut archive = archive(1, false);
        let end = archive.split_off(archive.len() - END_BYTES);
        let place = archive.len() as u64;
        archive.extend(END64);
        archive.extend(44_u64.to_le_bytes());
        archive.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for value in [entries, entries, bytes, u64::from(u32_at(&end, 16))] {
            archive.extend(value.to_le_bytes());
        }
        archive.extend(LOCATOR);
        archive.extend(0_u32.to_le_bytes());
        archive.extend(place.to_le_bytes());
        archive.extend(1_u32.to_le_bytes());
        let mut short = end.clone();
        short[8..12].fill(0xff);
        short[12..20].fill(0xff);
        archive.extend(short);
        archive
    }

    #[test]
    fn good_ones_pass_and_are_read_the_same() {
        for bytes in
            [archive(0, false), archive(3, false), archive(3, true), archive(70_000, false), long(1, 48)]
        {
            check(&mut Cursor::new(&bytes)).unwrap();
            zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        }
    }

    #[test]
    fn lies_are_refused_before_they_are_believed() {
        assert!(
            error(&long(1 << 40, 48)).starts_with("it holds 1099511627776 files"),
            "{}",
            error(&long(1 << 40, 48))
        );
        assert!(error(&long(2, 1 << 50)).starts_with("its list of files has 1125899906842624 bytes"));
        assert!(error(&long(2, 48)).contains("does not fit"));
        let mut behind = archive(1, false);
        behind.extend(b"more");
        assert!(error(&behind).contains("bytes behind its end"));
        assert!(error(b"PK").contains("not a zip archive"));
        let mut before = b"#!/bin/sh".to_vec();
        before.extend(archive(1, false));
        assert!(error(&before).contains("does not fit"));
    }

    #[test]
    fn a_million_files_are_refused() {
        let error = error(&archive(1_000_000, false));
        assert!(error.starts_with("it holds 1000000 files; the limit is 100000"), "{error}");
    }
}
