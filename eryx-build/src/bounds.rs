//! All bounds of the build side, with their reasons.
//!
//! A build reads untrusted input: pages of an index, files of package authors, scripts of strangers. Each input has a
//! limit of size, time or depth. Beyond the limit, the build ends with an error that names the input and the limit.
//! Limits are far above the needs of honest inputs.
//!
//! | input | bounds |
//! | --- | --- |
//! | wheels, sdists, their metadata | [`eryx_wheel::bounds`], and here [`SDIST_BYTES`], [`HEADER_BYTES`] |
//! | pages of an index | [`PAGE_BYTES`], [`LINKS_PAGE_BYTES`], [`TAG_BYTES`], [`PROJECT_FILES`]; nesting: 128 (`serde_json`) |
//! | the network | [`WAIT`], [`LEAST_BYTES`], [`RECEIVE`], [`TRIES`], [`REDIRECTS`], [`RESPONSE_HEADER_BYTES`] |
//! | files of the project | [`DECLARATION_BYTES`], [`PYLOCK_BYTES`], [`LOCK_BYTES`], [`SCRIPT_BYTES`], [`ITEMS`], [`INCLUDED_FILES`], [`INCLUDE_DEPTH`]; nesting: 80 (`toml`) |
//! | resolving | [`STEPS`], [`TRIED`], [`RESOLVE`], [`ROUNDS`], [`PROJECTS`] |
//! | native code | [`NATIVE_BYTES`], [`NATIVE_LIBRARIES`] |
//! | Python that a build runs | [`Allowance`], which the declaration can raise |

use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

pub use eryx_wheel::bounds::{
    ARCHIVE_BYTES, DIRECTORY_BYTES, ENTRIES, METADATA_BYTES, PATH_DEPTH, REQUIREMENT_BYTES, WHEEL_BYTES,
    read, requirement, size,
};

mod allowance;
mod quantity;

pub use self::allowance::Allowance;
pub(crate) use self::quantity::{bytes_of, time_of};

/// Bytes of all files in one sdist or source tree. The build holds them in memory, and the interpreter that runs the
/// build backend holds a second copy.
pub const SDIST_BYTES: u64 = 256 << 20;

/// Bytes of the headers before one file in a tar archive: long names and PAX headers. Readers hold them in memory,
/// whatever size they state.
pub const HEADER_BYTES: u64 = 1 << 20;

/// Bytes of all files in one bundle, which are packed in memory. The address space of the guest is 4 GiB.
pub const BUNDLE_BYTES: u64 = 2 << 30;

/// Unpacked bytes of a project's page in JSON, which is read as a stream.
pub const PAGE_BYTES: u64 = 128 << 20;

/// Bytes of a `find-links` page, which is also read as a stream.
pub const LINKS_PAGE_BYTES: u64 = 64 << 20;

/// Bytes of one HTML tag. Longer tags are skipped.
pub const TAG_BYTES: usize = 16 << 10;

/// Files of one project, or of one `find-links` place. Each takes about 400 bytes of memory.
pub const PROJECT_FILES: usize = 250_000;

/// Longest silence of a server: while connecting, before its answer, and between two reads. `ERYX_HTTP_TIMEOUT` raises
/// it for slow connections.
pub const WAIT: Duration = Duration::from_secs(30);

/// Bytes that must arrive in each [`WAIT`] of waiting: 1 KiB/s. Otherwise, a server that sends a byte now and then
/// would stop a build for ever.
pub const LEAST_BYTES: u64 = 30 << 10;

/// Longest total time of one answer.
pub const RECEIVE: Duration = Duration::from_mins(60);

/// Number of attempts before a request counts as failed.
pub const TRIES: u32 = 3;

/// Redirects to follow for one request.
pub const REDIRECTS: u32 = 10;

/// Bytes of status and headers of one answer.
pub const RESPONSE_HEADER_BYTES: usize = 64 << 10;

/// Bytes of a `Cargo.toml`, `eryx.toml`, `requirements.txt` or `pyproject.toml`, and of the settings of pip and uv.
/// Parsed TOML takes about fifty times as much memory.
pub const DECLARATION_BYTES: u64 = 4 << 20;

/// Bytes of a `pylock.toml`.
pub const PYLOCK_BYTES: u64 = 16 << 20;

/// Bytes of an `eryx.lock`, which has about 500 for each package.
pub const LOCK_BYTES: u64 = 16 << 20;

/// Bytes of a script, from a file or from stdin. CPython's parser needs about a hundred times as much memory.
pub const SCRIPT_BYTES: u64 = 16 << 20;

/// Items of one list of a declaration, or requirements of one project.
pub const ITEMS: usize = 10_000;

/// Files that one `requirements.txt` may include, directly and indirectly.
pub const INCLUDED_FILES: usize = 200;

/// Depth of nested includes. Cycles end earlier, because each file is read once.
pub const INCLUDE_DEPTH: usize = 20;

/// Steps of one resolution.
pub const STEPS: u32 = 100_000;

/// Versions of one project that one resolution may try. The memory of the algorithm grows with their square: when this
/// limit was chosen, 2,000 versions took 300 MB, and 8,000 over 1 GB.
pub const TRIED: usize = 2_000;

/// Longest time of one resolution, including its downloads and builds.
pub const RESOLVE: Duration = Duration::from_mins(60);

/// Number of times that a resolution may start again because the requirements of a built sdist differ from the declared
/// ones.
pub const ROUNDS: u32 = 200;

/// Projects that one resolution may look at. A hostile index can invent dependencies without end.
pub const PROJECTS: usize = 5_000;

/// Bytes of one native library.
pub const NATIVE_BYTES: u64 = 128 << 20;

/// Native libraries in one bundle.
pub const NATIVE_LIBRARIES: usize = 2_000;

/// Reads a text file on this machine. Only regular files are accepted, because pipes and devices may never end.
///
/// # Errors
/// When the file cannot be read, is larger than `limit` bytes, or is not UTF-8.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("a.toml");
/// # std::fs::write(&path, "packages = []")?;
/// assert_eq!(eryx_build::bounds::text(&path, 100)?, "packages = []");
/// let error = eryx_build::bounds::text(&path, 5).unwrap_err();
/// assert!(error.to_string().ends_with("has 13 bytes; the limit is 5 bytes"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn text(path: &Path, limit: u64) -> io::Result<String> {
    let refused = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
    let metadata = fs_err::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, format!("`{}` is a folder", path.display())));
    }
    if !metadata.is_file() {
        return Err(refused(format!("`{}` is not a regular file", path.display())));
    }
    let too_long =
        |bytes: u64| refused(format!("`{}` has {bytes} bytes; the limit is {}", path.display(), size(limit)));
    if metadata.len() > limit {
        return Err(too_long(metadata.len()));
    }
    let bytes = read(fs_err::File::open(path)?, limit)?.ok_or_else(|| too_long(limit + 1))?;
    String::from_utf8(bytes).map_err(|_| refused(format!("`{}` is not UTF-8", path.display())))
}

/// A reader that fails beyond a limit. [`Read::take`] would end instead, and a truncated input would pass for the
/// whole.
#[derive(Debug)]
pub(crate) struct CappedReader<R> {
    inner: R,
    left: u64,
}

impl<R> CappedReader<R> {
    /// Creates a reader that lets `limit` bytes through.
    pub(crate) fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit }
    }

    /// Sets the number of further bytes to let through.
    pub(crate) fn allow(&mut self, limit: u64) {
        self.left = limit;
    }
}

/// The error of a [`CappedReader`].
#[derive(Debug)]
pub(crate) struct LimitExceeded;

impl std::fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is larger than its limit")
    }
}

impl std::error::Error for LimitExceeded {}

/// Whether an error comes from a [`CappedReader`] that reached its limit.
pub(crate) fn is_too_much(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync + 'static>::is::<LimitExceeded>)
}

impl<R: Read> Read for CappedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(&mut buffer[..most])?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| io::Error::other(LimitExceeded))?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capped_reader_fails_rather_than_ends() {
        let mut all = Vec::new();
        CappedReader::new(&b"abc"[..], 3).read_to_end(&mut all).unwrap();
        assert_eq!(all, b"abc");
        let error = CappedReader::new(&b"abcd"[..], 3).read_to_end(&mut Vec::new()).unwrap_err();
        assert!(is_too_much(&error));
    }

    #[test]
    fn only_regular_files_are_read() {
        for path in ["/dev/zero", "/dev/stdin", "/"] {
            assert!(text(Path::new(path), 10).is_err(), "{path}");
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs_err::write(&path, b"\xff").unwrap();
        assert!(text(&path, 10).unwrap_err().to_string().ends_with("is not UTF-8"));
    }
}
