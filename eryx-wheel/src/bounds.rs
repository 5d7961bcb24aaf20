//! Bounds for archives and for the metadata in them.
//!
//! An archive is untrusted input. Each bound is far above the needs of honest wheels and sdists, and low enough that a
//! hostile archive costs seconds and a few hundred megabytes. `eryx_build::bounds` has the other bounds of the build
//! side.

use std::io::{self, Read};

use crate::error::{Error, Result};

/// Stored bytes of one wheel or sdist.
pub const ARCHIVE_BYTES: u64 = 1 << 30;

/// Unpacked bytes of all files in one wheel, which is held in memory.
pub const WHEEL_BYTES: u64 = 512 << 20;

/// Files and folders in one archive.
pub const ENTRIES: u64 = 100_000;

/// Bytes of the central directory at the end of a zip archive, which readers hold in memory.
pub const DIRECTORY_BYTES: u64 = 24 << 20;

/// Bytes of a path in an archive. Linux has the same limit for a path.
pub const PATH_BYTES: usize = 4096;

/// Folders above one file in an archive.
pub const PATH_DEPTH: usize = 64;

/// Bytes of a `METADATA` or `PKG-INFO`. Some contain a whole README and changelog.
pub const METADATA_BYTES: u64 = 8 << 20;

/// Headers in a `METADATA` or `PKG-INFO`. Each `Requires-Dist` is parsed.
pub const HEADERS: usize = 20_000;

/// Bytes of a `WHEEL` file.
pub const WHEEL_FILE_BYTES: u64 = 1 << 20;

/// Bytes of a `RECORD`, which has a line of about 150 bytes for each entry.
pub const RECORD_BYTES: u64 = 32 << 20;

/// Bytes of an `entry_points.txt`.
pub const ENTRY_POINTS_BYTES: u64 = 4 << 20;

/// Bytes of one requirement (PEP 508). Markers written by tools have about a hundred bytes. The parser simplifies
/// markers; a few hundred alternatives keep it busy for minutes.
pub const REQUIREMENT_BYTES: usize = 4 << 10;

/// Opening parentheses in one requirement: the parser recurses for each. Parentheses in quotes count too, because only
/// the parser can tell them apart.
pub const REQUIREMENT_PARENTHESES: usize = 100;

/// The size limit of a file in a wheel, by its path.
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

/// Checks the length and the depth of a path in an archive.
///
/// # Errors
/// When it is too long, or below too many folders.
pub fn path(path: &str) -> Result<()> {
    // The message shows only a part of the path, so that the error fits on a screen.
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

/// Reads a reader to its end, at most `limit` bytes. Returns `None` if there is more. Use this instead of a size that
/// the input states, which is a claim.
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

/// Formats a size for messages: `8 MiB`, `64 KiB`, `100 bytes`.
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
        // With more parentheses the parser would overflow the stack, which ends the process.
        assert!(crate::guest::requirement(&nested(REQUIREMENT_PARENTHESES + 1)).is_err());
        // A closing parenthesis in quotes does not close a group.
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
