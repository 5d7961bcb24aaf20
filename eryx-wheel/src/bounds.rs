//! The bounds on what is read of archives and of the metadata in them.
//!
//! An archive comes from a stranger. Each bound is meant to be far above what honest wheels and sdists have, and low enough
//! that a hostile one costs seconds and some hundred megabytes. `eryx_build::bounds` has all other bounds of the build side.

use std::io::{self, Read};

use crate::error::{Error, Result};

/// Bytes of one wheel or sdist as it is stored.
pub const ARCHIVE_BYTES: u64 = 1 << 30;

/// Bytes of all files in one wheel. It is held in memory.
pub const WHEEL_BYTES: u64 = 512 << 20;

/// Files and folders in one archive.
pub const ENTRIES: u64 = 100_000;

/// Bytes of the list of files at the end of a zip archive, which readers hold in memory.
pub const DIRECTORY_BYTES: u64 = 24 << 20;

/// Bytes of the path of one file in an archive: what Linux takes for a path, too.
pub const PATH_BYTES: usize = 4096;

/// Folders above one file in an archive.
pub const PATH_DEPTH: usize = 64;

/// Bytes of a `METADATA` or `PKG-INFO`: some hold a whole README and changelog.
pub const METADATA_BYTES: u64 = 8 << 20;

/// Headers in it: each `Requires-Dist` is parsed.
pub const HEADERS: usize = 20_000;

/// Bytes of a `WHEEL` file.
pub const WHEEL_FILE_BYTES: u64 = 1 << 20;

/// Bytes of a `RECORD`: a line of some 150 bytes for each entry.
pub const RECORD_BYTES: u64 = 32 << 20;

/// Bytes of an `entry_points.txt`.
pub const ENTRY_POINTS_BYTES: u64 = 4 << 20;

/// Bytes of one requirement (PEP 508). Markers that tools write have some hundred; one of some hundred alternatives
/// keeps the parser, which simplifies them, busy for minutes.
pub const REQUIREMENT_BYTES: usize = 4 << 10;

/// Parentheses that open in one requirement: its parser calls itself for each. They are counted wherever they stand,
/// because only the parser knows whether one is in quotes.
pub const REQUIREMENT_PARENTHESES: usize = 100;

/// The largest size of a file in a wheel, by its path.
pub(crate) fn member(path: &str) -> u64 {
    let file = path.split_once(".dist-info/").map(|(_, file)| file);
    match file {
        Some("METADATA") => METADATA_BYTES,
        Some("WHEEL") => WHEEL_FILE_BYTES,
        Some("RECORD") => RECORD_BYTES,
        Some("entry_points.txt") => ENTRY_POINTS_BYTES,
        _ => WHEEL_BYTES,
    }
}

/// Checks the path of a file in an archive: no other part of it is looked at.
///
/// # Errors
/// When it is too long, or below too many folders.
pub fn path(path: &str) -> Result<()> {
    // Shown in part: an error should not be longer than a screen.
    let start = || path.chars().take(60).collect::<String>();
    if path.len() > PATH_BYTES {
        return Err(Error::new(format!(
            "it holds a file with a path of {} bytes (`{}…`); the limit is {PATH_BYTES}",
            path.len(),
            start()
        )));
    }
    if path.matches('/').count() > PATH_DEPTH {
        return Err(Error::new(format!(
            "it holds a file below more than {PATH_DEPTH} folders (`{}…`)",
            start()
        )));
    }
    Ok(())
}

/// Checks the size of a requirement, or of a marker, before it is parsed.
///
/// # Errors
/// When it is too long or has too many parentheses.
///
/// ```
/// use eryx_wheel::bounds;
/// assert!(bounds::requirement("six ; (python_version > '3')").is_ok());
/// let deep = format!("six ; {}python_version > '3'", "(".repeat(100_000));
/// assert!(bounds::requirement(&deep).is_err());
/// ```
pub fn requirement(text: &str) -> Result<()> {
    let start = || text.chars().take(40).collect::<String>();
    if text.len() > REQUIREMENT_BYTES {
        return Err(Error::new(format!(
            "the requirement `{}…` has {} bytes; the limit is {REQUIREMENT_BYTES}",
            start(),
            text.len()
        )));
    }
    let parentheses = text.bytes().filter(|byte| *byte == b'(').count();
    if parentheses > REQUIREMENT_PARENTHESES {
        return Err(Error::new(format!(
            "the requirement `{}…` has {parentheses} parentheses; the limit is {REQUIREMENT_PARENTHESES}",
            start()
        )));
    }
    Ok(())
}

/// Reads all that a reader gives, at most `limit` bytes: a size that is stated elsewhere is a claim.
/// `None` when there is more.
///
/// # Errors
/// Those of the reader.
///
/// ```
/// use eryx_wheel::bounds::read;
/// assert_eq!(read(&b"abc"[..], 3)?, Some(b"abc".to_vec()));
/// assert_eq!(read(std::io::repeat(0), 3)?, None);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read(reader: impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    reader.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// A size for messages: `8 MiB`, `64 KiB`, `100 bytes`.
pub fn size(bytes: u64) -> String {
    match bytes {
        _ if bytes >= 1 << 30 && bytes.is_multiple_of(1 << 30) => format!("{} GiB", bytes >> 30),
        _ if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes >= 1 << 10 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_a_length_and_a_depth() {
        assert!(path(&format!("{}/x", vec!["a"; PATH_DEPTH].join("/"))).is_ok());
        let error = path(&"a/".repeat(PATH_DEPTH + 1)).unwrap_err().to_string();
        assert!(error.contains("below more than 64 folders") && error.len() < 200, "{error}");
        let error = path(&"a".repeat(PATH_BYTES + 1)).unwrap_err().to_string();
        assert!(error.contains("path of 4097 bytes") && error.len() < 200, "{error}");
    }

    #[test]
    fn requirements_within_the_bounds_can_be_parsed() {
        let nested = |depth| format!("a; {}os_name == 'x'{}", "(".repeat(depth), ")".repeat(depth));
        crate::guest::requirement(&nested(REQUIREMENT_PARENTHESES)).unwrap();
        // Beyond them the parser would overflow the stack: the process would end.
        assert!(crate::guest::requirement(&nested(REQUIREMENT_PARENTHESES + 1)).is_err());
        // A parenthesis in quotes closes none.
        let quoted = format!("a; {}os_name == ')'", "(')' == ')' and ".repeat(200));
        assert!(crate::guest::requirement(&quoted).is_err());
    }

    #[test]
    fn sizes_are_words() {
        for (bytes, words) in
            [(100, "100 bytes"), (8 << 20, "8 MiB"), (1 << 30, "1 GiB"), (65 << 10, "65 KiB")]
        {
            assert_eq!(size(bytes), words);
        }
    }
}
