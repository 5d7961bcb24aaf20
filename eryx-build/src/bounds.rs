//! All bounds of the build side, with their reasons.
//!
//! Whatever a build reads was written by somebody: an index, the author of a package, whoever sent a script. Each input
//! has a size, a time or a depth that it may not exceed; beyond it the build ends with an error that names the input and
//! the bound. A bound is meant to be far above what honest inputs have.
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

/// Bytes of all files in one sdist or source tree. They are held in memory, and once more by the interpreter that builds.
///
pub const SDIST_BYTES: u64 = 256 << 20;

/// Bytes of what a tar archive says of one file before its content: long names and PAX headers, which readers hold in
/// memory whatever size they state.
pub const HEADER_BYTES: u64 = 1 << 20;

/// Bytes of all files in one bundle: they are packed in memory. The address space of the guest is 4 GiB.
pub const BUNDLE_BYTES: u64 = 2 << 30;

/// Bytes of a project's page in JSON, unpacked. It is read as a stream.
pub const PAGE_BYTES: u64 = 128 << 20;

/// Bytes of a `find-links` page, which is read as a stream too.
pub const LINKS_PAGE_BYTES: u64 = 64 << 20;

/// Bytes of one tag of HTML. A longer one is passed over.
pub const TAG_BYTES: usize = 16 << 10;

/// Files of one project, or of one `find-links` place. Each takes some 400 bytes of memory.
pub const PROJECT_FILES: usize = 250_000;

/// How long a server may be silent: while connecting, before its answer, and between two reads. Slow connections can raise
/// it with `ERYX_HTTP_TIMEOUT`.
pub const WAIT: Duration = Duration::from_secs(30);

/// Bytes that must come in each [`WAIT`] of waiting: 1 KiB/s. Without it a byte now and then would hold a build for ever.
pub const LEAST_BYTES: u64 = 30 << 10;

/// How long one answer may take in all.
pub const RECEIVE: Duration = Duration::from_mins(60);

/// How often a request is sent before it counts as failed.
pub const TRIES: u32 = 3;

/// Redirects that are followed for one request.
pub const REDIRECTS: u32 = 10;

/// Bytes of status and headers of one answer.
pub const RESPONSE_HEADER_BYTES: usize = 64 << 10;

/// Bytes of a `Cargo.toml`, `eryx.toml`, `requirements.txt` or `pyproject.toml`, and of the settings of pip and uv. Parsed,
/// TOML takes some fifty times as much memory.
pub const DECLARATION_BYTES: u64 = 4 << 20;

/// Bytes of a `pylock.toml`.
pub const PYLOCK_BYTES: u64 = 16 << 20;

/// Bytes of an `eryx.lock`: some 500 for each package.
pub const LOCK_BYTES: u64 = 16 << 20;

/// Bytes of a script, and of code that comes from stdin: CPython's parser needs some hundred times as much.
pub const SCRIPT_BYTES: u64 = 16 << 20;

/// Items of one list of a declaration, or requirements of one project.
pub const ITEMS: usize = 10_000;

/// Files that one `requirements.txt` may include, and those that include each other.
pub const INCLUDED_FILES: usize = 200;

/// Files that are open above an included one. Cycles end earlier: a file is read once.
pub const INCLUDE_DEPTH: usize = 20;

/// Steps of one resolution.
pub const STEPS: u32 = 100_000;

/// Versions of one project that one resolution may try. The memory of the algorithm grows with their square: 2,000 took
/// 300 MB when this was chosen, and 8,000 over 1 GB.
pub const TRIED: usize = 2_000;

/// How long one resolution may take, with all that it has to fetch and build for it.
pub const RESOLVE: Duration = Duration::from_mins(60);

/// How often a resolution may begin anew because a built sdist needs something else than it said.
pub const ROUNDS: u32 = 200;

/// Projects that one resolution may look at. A hostile index can make up dependencies without end.
pub const PROJECTS: usize = 5_000;

/// Bytes of one native library.
pub const NATIVE_BYTES: u64 = 128 << 20;

/// Native libraries in one bundle.
pub const NATIVE_LIBRARIES: usize = 2_000;

/// The text of a file of this machine. Only regular files are read: pipes and devices may never end.
///
/// # Errors
/// When it cannot be read, is larger than `limit` bytes, or is not UTF-8.
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
        return Err(refused(format!("`{}` is no regular file", path.display())));
    }
    let too_long =
        |bytes: u64| refused(format!("`{}` has {bytes} bytes; the limit is {}", path.display(), size(limit)));
    if metadata.len() > limit {
        return Err(too_long(metadata.len()));
    }
    let bytes = read(fs_err::File::open(path)?, limit)?.ok_or_else(|| too_long(limit + 1))?;
    String::from_utf8(bytes).map_err(|_| refused(format!("`{}` is not UTF-8", path.display())))
}

/// A reader that fails when more than some bytes come out of it, instead of ending as [`Read::take`] does: what was cut
/// off must not pass for the whole.
#[derive(Debug)]
pub(crate) struct CappedReader<R> {
    inner: R,
    left: u64,
}

impl<R> CappedReader<R> {
    /// Lets that many bytes through.
    pub(crate) fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit }
    }

    /// Sets how many more bytes may come.
    pub(crate) fn allow(&mut self, limit: u64) {
        self.left = limit;
    }
}

/// The error of a [`CappedReader`] reader.
#[derive(Debug)]
pub(crate) struct LimitExceeded;

impl std::fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is larger than it may be")
    }
}

impl std::error::Error for LimitExceeded {}

/// Whether an error says that a [`CappedReader`] reader has ended.
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
