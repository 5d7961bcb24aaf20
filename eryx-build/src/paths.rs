//! Paths in declarations and locks: relative to their folder, with slashes, with links unresolved.

use std::path::{Component, Path, PathBuf};

/// Returns a path relative to `dir`, with slashes, as in the lock. A path on another drive stays as it is.
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

/// Returns the absolute path of `text` in the lock in `dir`.
pub(crate) fn absolute(text: &str, dir: &Path) -> PathBuf {
    normal(&dir.join(text))
}

/// Removes `.` and `..` without following links: the lock must read the same wherever a link leads.
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
}
