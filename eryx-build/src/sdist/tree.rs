//! Reads a source tree on this machine.

use std::path::Path;

use super::source_files::SourceFiles;
use crate::bounds::{self, ENTRIES, SDIST_BYTES};
use crate::error::{Context as _, Error, Result};

/// Folders without sources: version control, environments, caches of tools.
const LEFT_OUT: &[&str] = &[
    ".git",
    ".hg",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "node_modules",
];

/// Returns the files of a folder by their path relative to it. Links are followed as long as they stay in the folder.
pub(crate) fn read(folder: &Path) -> Result<SourceFiles> {
    let root = fs_err::canonicalize(folder).context(|| format!("`{}` cannot be read", folder.display()))?;
    let mut files = SourceFiles::new();
    let mut left = SDIST_BYTES;
    let mut folders = vec![(root.clone(), String::new())];
    while let Some((folder, relative)) = folders.pop() {
        let cannot = || format!("cannot read the folder `{}`", folder.display());
        for entry in fs_err::read_dir(&folder).context(cannot)? {
            let entry = entry.context(cannot)?;
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| {
                Error::new(format!("the name of `{}` is not UTF-8", path.display())).help("rename it")
            })?;
            if LEFT_OUT.contains(&name) {
                continue;
            }
            let inner = format!("{relative}{name}");
            let kind = entry.file_type().context(cannot)?;
            if kind.is_dir() {
                folders.push((path, format!("{inner}/")));
                continue;
            }
            let real =
                fs_err::canonicalize(&path).context(|| format!("`{}` leads nowhere", path.display()))?;
            if !real.starts_with(&root) || !real.is_file() {
                return Err(Error::new(format!("`{}` is not a file of the source tree", path.display()))
                    .help("remove it, or put the file itself there"));
            }
            let file = fs_err::File::open(&real);
            let bytes = file.and_then(|file| bounds::read(file, left));
            let bytes = bytes.context(|| format!("cannot read `{}`", path.display()))?;
            let bytes = bytes.filter(|_| (files.len() as u64) < ENTRIES).ok_or_else(|| {
                let most = bounds::size(SDIST_BYTES);
                Error::new(format!(
                    "`{}` holds more than {ENTRIES} files, or more than {most}",
                    root.display()
                ))
                .help("move other files out of the folder, or declare an sdist instead")
            })?;
            left -= bytes.len() as u64;
            files.insert(inner, bytes);
        }
    }
    Ok(files)
}

/// Returns a hash of all paths and contents.
pub(crate) fn hash(files: &SourceFiles) -> String {
    let mut hash = blake3::Hasher::new();
    for (path, bytes) in files {
        for part in [path.as_bytes(), bytes] {
            hash.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
    }
    hash.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_source_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["setup.py", "pkg/__init__.py", ".git/config", "pkg/__pycache__/x.pyc"] {
            let path = dir.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "x").unwrap();
        }
        let files = read(dir.path()).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["pkg/__init__.py", "setup.py"]);
        let before = hash(&files);
        fs_err::write(dir.path().join("setup.py"), "y").unwrap();
        assert_ne!(hash(&read(dir.path()).unwrap()), before);
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("link")).unwrap();
        assert!(read(dir.path()).is_err());
    }
}
