//! Finds calls of `embed!` in a crate's sources, for messages: commands edit TOML files, and cannot change
//! Rust code.

use std::path::{Path, PathBuf};

/// Finds the place (`src/main.rs:3`) of the first call of `embed!` with a declaration in the folder of a
/// package.
pub(crate) fn find(dir: &Path) -> Option<String> {
    let mut todo: Vec<PathBuf> = ["src", "examples", "tests", "benches"].map(|name| dir.join(name)).to_vec();
    while let Some(folder) = todo.pop() {
        let mut entries: Vec<PathBuf> =
            fs_err::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && let Ok(text) = fs_err::read_to_string(&path)
                && let Some(line) = declaring_line(&text)
            {
                return Some(format!("{}:{line}", path.strip_prefix(dir).unwrap_or(&path).display()));
            }
        }
    }
    None
}

/// Returns the line, from 1, of a call with text between its parentheses, outside of line comments.
fn declaring_line(text: &str) -> Option<usize> {
    let calls = text.match_indices("embed!(").filter(|(at, call)| {
        let commented = text[..*at].rsplit('\n').next().is_some_and(|line| line.contains("//"));
        let named = text[..*at].chars().next_back().is_some_and(|char| char.is_alphanumeric() || char == '_');
        !commented && !named && !text[at + call.len()..].trim_start().starts_with(')')
    });
    calls.map(|(at, _)| text[..at].matches('\n').count() + 1).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_declare_are_found() {
        for (text, line) in [
            ("\nstatic A: B = eryx::embed!(packages = []);", Some(2)),
            ("embed!(\n  imports = []\n)", Some(1)),
            ("embed!()", None),
            ("embed!(\n)", None),
            ("// embed!(packages = [])", None),
            ("rust_embed!(x)", None),
            ("embed!();\nembed!(cpu = \"native\")", Some(2)),
        ] {
            assert_eq!(declaring_line(text), line, "{text}");
        }
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(find(dir.path()), None);
        fs_err::create_dir_all(dir.path().join("src/bin")).unwrap();
        fs_err::write(dir.path().join("src/bin/x.rs"), "\nembed!(a)").unwrap();
        assert_eq!(find(dir.path()).as_deref(), Some("src/bin/x.rs:2"));
    }
}
