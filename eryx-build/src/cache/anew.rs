//! A cache for one build that recomputes every step.

use std::path::Path;

use super::Cache;
use crate::error::{Context as _, Result};

/// A cache that is removed when the value is dropped.
#[derive(Debug)]
pub struct TempCache {
    cache: Cache,
    _folder: tempfile::TempDir,
}

impl TempCache {
    /// Returns the cache itself.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }
}

impl Cache {
    /// Creates a cache that shares the downloads of this one but has no results of steps. Wheels built from source are
    /// stored among the downloads; `made` has their hashes, and they are left out.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// use eryx_build::cache::Cache;
    ///
    /// let cache = Cache::open(Some(dir.path()))?;
    /// let anew = cache.anew(&[])?;
    /// assert_ne!(anew.cache().root(), cache.root());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn anew(&self, made: &[&str]) -> Result<TempCache> {
        let tmp = self.root.join("tmp");
        let failed = || format!("cannot make a folder in `{}`", tmp.display());
        let folder = tempfile::Builder::new().prefix("anew-").tempdir_in(&tmp).context(failed)?;
        // Both are safe to share: files are checked against their hash on each use, and notes are answers of an index
        // rather than results of steps.
        for part in ["files", "notes"] {
            link(&self.root.join(part), &folder.path().join(part), made).context(failed)?;
        }
        Ok(TempCache { cache: Self::open(Some(folder.path()))?, _folder: folder })
    }
}

/// Links the files of a folder into another folder. Hard links are safe because files in a cache never change in place.
fn link(from: &Path, to: &Path, except: &[&str]) -> std::io::Result<()> {
    fs_err::create_dir_all(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let to = to.join(&name);
        if entry.file_type()?.is_dir() {
            link(&entry.path(), &to, except)?;
        } else if !except.iter().any(|made| name == *made) {
            match fs_err::hard_link(entry.path(), &to) {
                // A concurrent prune removed the file.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(_) => drop(fs_err::copy(entry.path(), &to)?),
                Ok(()) => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downloads_are_shared_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(dir.path())).unwrap();
        let hash = crate::digest::sha256_of(&b"content"[..]).unwrap().0;
        let temp = cache.temp_file().unwrap();
        fs_err::write(temp.path(), "content").unwrap();
        cache.keep_file(temp, &hash).unwrap();
        cache.put("step", "key", |path| fs_err::write(path, "made").context(|| "")).unwrap();

        assert!(cache.anew(&[&hash]).unwrap().cache().file(&hash).is_none());
        let anew = cache.anew(&[]).unwrap();
        assert!(anew.cache().file(&hash).is_some());
        assert!(anew.cache().get("step", "key").is_none());
        let made =
            anew.cache().put("step", "key", |path| fs_err::write(path, "again").context(|| "")).unwrap();
        assert_eq!(fs_err::read_to_string(&made).unwrap(), "again");
        assert_eq!(fs_err::read_to_string(cache.get("step", "key").unwrap()).unwrap(), "made");
        drop(anew);
        assert!(!made.exists());
        assert!(cache.file(&hash).is_some());
    }
}
