//! The folder a lock is in: paths from it, and whether it is ours to write to.

use std::path::{Component, Path, PathBuf};

/// A path as the lock has it: from its folder, with slashes. A path on another drive stays as it is.
pub(crate) fn relative(path: &Path, dir: &Path) -> String {
    let (path, dir) = (normal(path), normal(dir));
    let common = path.components().zip(dir.components()).take_while(|(one, other)| one == other).count();
    let relative: PathBuf = if common == 0 {
        path
    } else {
        let up = dir.components().skip(common).map(|_| Component::ParentDir);
        up.chain(path.components().skip(common)).collect()
    };
    let text = relative.to_string_lossy().replace('\\', "/");
    if text.is_empty() { ".".to_owned() } else { text }
}

/// The absolute path of what the lock in `dir` calls `text`.
pub(crate) fn absolute(text: &str, dir: &Path) -> PathBuf {
    normal(&dir.join(text))
}

/// Without `.` and `..`. Links are not followed: the lock must read the same wherever a link leads.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            Component::ParentDir if normal.has_root() => {}
            other => normal.push(other),
        }
    }
    normal
}

/// Whether cargo put the sources here: unpacked from a registry, cloned from a repository, or vendored. Nobody would
/// see a lock that is written there, and cargo takes such folders for unchanging.
pub(crate) fn is_cargos(dir: &Path) -> bool {
    let marked =
        |dir: &Path| [".cargo-ok", ".cargo-checksum.json"].iter().any(|name| dir.join(name).exists());
    dir.ancestors().any(marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_there_and_back() {
        for (path, dir, text) in [
            ("/a/b/wheels/x.whl", "/a/b", "wheels/x.whl"),
            ("/a/b/./wheels/../x.whl", "/a/b", "x.whl"),
            ("/a/x.whl", "/a/b", "../x.whl"),
            ("/x.whl", "/a/b", "../../x.whl"),
            ("/a/b", "/a/b", "."),
            ("/a/bc", "/a/b", "../bc"),
        ] {
            assert_eq!(relative(Path::new(path), Path::new(dir)), text);
            assert_eq!(absolute(text, Path::new(dir)), normal(Path::new(path)));
        }
        assert_eq!(normal(Path::new("/../a")), Path::new("/a"));
        assert_eq!(normal(Path::new("../a/../b")), Path::new("../b"));
    }

    #[test]
    fn cargos_folders_are_recognised() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("crate/inner");
        fs_err::create_dir_all(&inner).unwrap();
        assert!(!is_cargos(&inner));
        fs_err::write(dir.path().join("crate/.cargo-ok"), "").unwrap();
        assert!(is_cargos(&inner));
    }
}
