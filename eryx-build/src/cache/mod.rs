//! **cache**: one folder per user for downloads and results of steps.
//!
//! ```text
//! <cache>/files/sha256/ab/abcdef…   downloaded files and built wheels, under the hash of their content
//! <cache>/keyed/<step>/<key>        the result of a step, a file or a folder, under the hash of all its inputs
//! <cache>/notes/<about>/<name>      answers of an index: pages of projects, metadata of files
//! <cache>/locks/<step>-<key>        lock files
//! <cache>/tmp/                      files being written; renamed into place when complete
//! ```
//!
//! Entries never change in place: a step writes an entry under `tmp/`, completes it, and renames it. So a reader sees a
//! complete entry or no entry, even if a writer is killed. Deleting any part of the folder is safe and only costs time.

mod anew;
mod entry;
mod lock;
mod usage;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

pub use self::anew::TempCache;
pub use self::lock::CacheLock;
pub use self::usage::{PruneSummary, Usage};
use crate::digest;
use crate::error::{Context as _, Error, Result};

/// A temporary file older than this was left behind by a killed process.
const STALE: Duration = Duration::from_hours(24);

/// The cache folder.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// use eryx_build::{Error, cache::Cache};
///
/// let cache = Cache::open(Some(dir.path()))?;
/// let key = blake3::hash(b"all inputs of the step").to_hex();
/// assert!(cache.get("link", &key).is_none());
/// let path = cache.put("link", &key, |temp| {
///     std::fs::write(temp, "the output").map_err(|error| Error::new("cannot write").because(error))
/// })?;
/// assert_eq!(cache.get("link", &key), Some(path));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Opens the cache at `path`, else at `$ERYX_CACHE_DIR`, else at `$XDG_CACHE_HOME/eryx` (`~/.cache/eryx`).
    ///
    /// # Errors
    /// When no place is known, or the folder cannot be created.
    pub fn open(path: Option<&Path>) -> Result<Self> {
        let root = match path {
            Some(path) => path.to_owned(),
            None => default_root(|name| std::env::var_os(name).filter(|value| !value.is_empty()))?,
        };
        let root = std::path::absolute(&root).context(|| "the working folder is gone")?;
        let cache = Self { root };
        for part in ["files/sha256", "keyed", "notes", "locks", "tmp"] {
            let dir = cache.root.join(part);
            fs_err::create_dir_all(&dir).map_err(|error| {
                Error::new(format!("cannot make the cache folder `{}`", dir.display()))
                    .because(error)
                    .help("set ERYX_CACHE_DIR to a folder that can be written")
            })?;
        }
        cache.sweep(STALE);
        Ok(cache)
    }

    /// Returns the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the file with that content, if the cache has it. Each call checks the bytes against the hash; a damaged
    /// file is removed and counts as missing.
    pub fn file(&self, sha256: &str) -> Option<PathBuf> {
        let path = self.file_path(sha256).ok()?;
        let file = File::open(&path).ok()?;
        touch(&file);
        match digest::sha256_of(file) {
            Ok((found, _)) if found == sha256 => Some(path),
            _ => {
                tracing::warn!(path = %path.display(), "removing a damaged file from the cache");
                let _ = fs_err::remove_file(&path);
                None
            }
        }
    }

    /// Creates a file in the cache's temporary folder. It is removed unless it is [kept](Self::keep_file).
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn temp_file(&self) -> Result<tempfile::NamedTempFile> {
        let dir = self.root.join("tmp");
        tempfile::NamedTempFile::new_in(&dir).context(|| format!("cannot make a file in `{}`", dir.display()))
    }

    /// Moves a complete file to the place of its hash. The caller has checked the content.
    ///
    /// # Errors
    /// When `sha256` is not a hash, or the file cannot be moved.
    pub fn keep_file(&self, temp: tempfile::NamedTempFile, sha256: &str) -> Result<PathBuf> {
        let path = self.file_path(sha256)?;
        self.persist(temp, &path)?;
        Ok(path)
    }

    fn file_path(&self, sha256: &str) -> Result<PathBuf> {
        if !digest::is_sha256(sha256) {
            return Err(Error::new(format!("`{sha256}` is not a SHA-256 in lower-case hex")));
        }
        Ok(self.root.join("files/sha256").join(&sha256[..2]).join(sha256))
    }

    /// Returns the result of `step` for the inputs with that key, if the cache has it. Sets its time of last use.
    pub fn get(&self, step: &str, key: &str) -> Option<PathBuf> {
        let path = self.keyed_path(step, key).ok()?;
        let file = File::open(&path).ok()?;
        touch(&file);
        Some(path)
    }

    /// Lets `make` write a file or a folder at a temporary path, and moves the result to its place. If another process
    /// was faster, its result is kept, because equal keys mean equal content.
    ///
    /// # Errors
    /// The error of `make`, or a failure to store the result. No partial result is left behind.
    pub fn put<F>(&self, step: &str, key: &str, make: F) -> Result<PathBuf>
    where
        F: FnOnce(&Path) -> Result<()>,
    {
        let path = self.keyed_path(step, key)?;
        let temp = tempfile::Builder::new()
            .prefix("put-")
            .tempdir_in(self.root.join("tmp"))
            .context(|| format!("cannot make a folder in `{}`", self.root.join("tmp").display()))?;
        let inner = temp.path().join("it");
        make(&inner)?;
        let stored = || format!("cannot store the result of `{step}` in the cache");
        sync(&inner).context(stored)?;
        fs_err::create_dir_all(path.parent().unwrap_or(&self.root)).context(stored)?;
        match fs_err::rename(&inner, &path) {
            Ok(()) => Ok(path),
            // A folder cannot be renamed over another one: another process stored the same result.
            Err(_) if path.is_dir() && inner.is_dir() => Ok(path),
            Err(error) => Err(error).context(stored),
        }
    }

    /// Takes the lock on one piece of work. Call [`get`](Self::get) again once you hold the lock, because another build
    /// may have finished the work.
    ///
    /// # Errors
    /// When the lock file cannot be created.
    pub fn lock(&self, step: &str, key: &str) -> Result<CacheLock> {
        check_name(step)?;
        check_name(key)?;
        CacheLock::acquire(&self.root.join("locks").join(format!("{step}-{key}")))
    }

    fn keyed_path(&self, step: &str, key: &str) -> Result<PathBuf> {
        check_name(step)?;
        check_name(key)?;
        Ok(self.root.join("keyed").join(step).join(key))
    }

    /// Returns a note of that name about a subject. Unlike entries, notes can be replaced, and a crash of the machine
    /// can truncate one: readers must validate a note.
    pub(crate) fn note(&self, about: &str, name: &str) -> Option<Vec<u8>> {
        let path = self.note_path(about, name).ok()?;
        let bytes = fs_err::read(&path).ok()?;
        if let Ok(file) = File::open(&path) {
            touch(&file);
        }
        Some(bytes)
    }

    /// Writes a note about a subject.
    pub(crate) fn write_note(&self, about: &str, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.note_path(about, name)?;
        let stored = || format!("cannot store `{}`", path.display());
        let temp = self.temp_file()?;
        fs_err::write(temp.path(), bytes).context(|| "cannot write to the cache")?;
        fs_err::create_dir_all(path.parent().unwrap_or(&self.root)).context(stored)?;
        temp.persist(&path).map_err(|error| error.error).context(stored)?;
        Ok(())
    }

    fn note_path(&self, about: &str, name: &str) -> Result<PathBuf> {
        check_name(about)?;
        check_name(name)?;
        Ok(self.root.join("notes").join(about).join(name))
    }

    fn persist(&self, temp: tempfile::NamedTempFile, path: &Path) -> Result<()> {
        let stored = || format!("cannot store `{}`", path.display());
        fs_err::create_dir_all(path.parent().unwrap_or(&self.root)).context(stored)?;
        temp.as_file().sync_all().context(stored)?;
        temp.persist(path).map_err(|error| error.error).context(stored)?;
        Ok(())
    }

    /// Removes temporary files that are older than `age`.
    fn sweep(&self, age: Duration) {
        let Ok(entries) = fs_err::read_dir(self.root.join("tmp")) else { return };
        for entry in entries.flatten() {
            if entry::age(&entry.path()).is_some_and(|old| old > age) {
                entry::remove(&entry.path());
            }
        }
    }
}

/// Returns the default folder.
fn default_root(var: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<PathBuf> {
    if let Some(dir) = var("ERYX_CACHE_DIR") {
        return Ok(dir.into());
    }
    // The XDG specification says that relative paths must be ignored.
    if let Some(dir) = var("XDG_CACHE_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute()) {
        return Ok(dir.join("eryx"));
    }
    var("HOME").map(|home| PathBuf::from(home).join(".cache/eryx")).ok_or_else(|| {
        Error::new("no place for the cache: HOME is not set")
            .help("set ERYX_CACHE_DIR to a folder that can be written")
    })
}

/// Checks a step, key or name, which becomes a file name.
fn check_name(name: &str) -> Result<()> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'!');
    if name.is_empty() || name.starts_with('.') || !name.bytes().all(fine) {
        return Err(Error::new(format!("`{name}` cannot name an entry of the cache")));
    }
    Ok(())
}

/// Sets the time of last use, by which pruning decides. Failure is ignored, so that a read-only cache works.
fn touch(file: &File) {
    let _ = file.set_modified(SystemTime::now());
}

/// Flushes a file, or every file below a folder, to disk before it gets its final name.
fn sync(path: &Path) -> std::io::Result<()> {
    let metadata = fs_err::symlink_metadata(path)?;
    if metadata.is_dir() {
        for entry in fs_err::read_dir(path)? {
            sync(&entry?.path())?;
        }
    }
    if metadata.is_symlink() { Ok(()) } else { fs_err::File::open(path)?.sync_all() }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn cache() -> (tempfile::TempDir, Cache) {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(dir.path())).unwrap();
        (dir, cache)
    }

    #[test]
    fn damaged_files_count_as_missing() {
        let (_dir, cache) = cache();
        assert_eq!(cache.file(HELLO), None);
        let mut temp = cache.temp_file().unwrap();
        temp.write_all(b"hello").unwrap();
        let path = cache.keep_file(temp, HELLO).unwrap();
        assert_eq!(cache.file(HELLO), Some(path.clone()));
        fs_err::write(&path, "hellO").unwrap();
        assert_eq!(cache.file(HELLO), None);
        assert!(!path.exists());
    }

    #[test]
    fn put_leaves_nothing_on_failure() {
        let (_dir, cache) = cache();
        let error = cache.put("link", "k", |temp| {
            fs_err::write(temp, "half").unwrap();
            Err(Error::new("broke"))
        });
        assert_eq!(error.unwrap_err().to_string(), "broke");
        assert_eq!(cache.get("link", "k"), None);
        assert_eq!(fs_err::read_dir(cache.root().join("tmp")).unwrap().count(), 0);
    }

    #[test]
    fn put_takes_folders_and_the_first_one_stays() {
        let (_dir, cache) = cache();
        for text in ["first", "second"] {
            let path = cache
                .put("tree", "k", |temp| {
                    fs_err::create_dir_all(temp.join("sub")).unwrap();
                    fs_err::write(temp.join("sub/file"), text).unwrap();
                    Ok(())
                })
                .unwrap();
            assert_eq!(fs_err::read_to_string(path.join("sub/file")).unwrap(), "first");
        }
    }

    #[test]
    fn names_cannot_leave_the_folder() {
        let (_dir, cache) = cache();
        for name in ["..", "a/b", "", ".hidden", "a b"] {
            assert!(cache.put("step", name, |_| Ok(())).is_err(), "{name}");
            assert!(cache.lock(name, "k").is_err(), "{name}");
        }
        assert!(cache.file("../../etc/passwd").is_none());
    }

    #[test]
    fn locks_let_one_in_at_a_time() {
        let (_dir, cache) = cache();
        let made = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _lock = cache.lock("step", "k").unwrap();
                    if cache.get("step", "k").is_none() {
                        made.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(20));
                        cache.put("step", "k", |temp| fs_err::write(temp, "x").context(|| "")).unwrap();
                    }
                });
            }
        });
        assert_eq!(made.into_inner(), 1);
    }

    #[test]
    fn the_default_place() {
        let place = |vars: &[(&str, &str)]| {
            default_root(|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
        };
        assert_eq!(place(&[("ERYX_CACHE_DIR", "/e"), ("HOME", "/h")]).unwrap(), Path::new("/e"));
        assert_eq!(place(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]).unwrap(), Path::new("/x/eryx"));
        assert_eq!(place(&[("XDG_CACHE_HOME", "x"), ("HOME", "/h")]).unwrap(), Path::new("/h/.cache/eryx"));
        assert!(place(&[]).is_err());
    }
}
