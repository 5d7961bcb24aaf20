//! Writes `docs/unsafe.md` from the `// SAFETY:` comments: the list of every use of `unsafe` in the
//! workspace, with the reason why it is sound. Run it with `cargo run -p unsafe-list`; its test fails when
//! the page is out of date, or when a reason is missing.

#![forbid(unsafe_code)]

mod source;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use source::Use;

const PAGE: &str = "docs/unsafe.md";

/// The text before the list.
const HEAD: &str = include_str!("head.md");

/// Folders without sources of this project.
const SKIPPED: [&str; 4] = ["target", "corpus", "artifacts", ".git"];

fn main() -> io::Result<()> {
    let root = root();
    fs::write(root.join(PAGE), page(&root)?)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the correct page.
fn page(root: &Path) -> io::Result<String> {
    let mut files = BTreeMap::new();
    collect(root, root, &mut files)?;
    let count =
        |of_tests: bool| files.values().flatten().filter(|one: &&Use| one.in_test == of_tests).count();
    let mut page =
        HEAD.replace("{code}", &count(false).to_string()).replace("{tests}", &count(true).to_string());
    for of_tests in [false, true] {
        page.push_str(if of_tests { "\n## In tests and benchmarks\n" } else { "\n## In the crates\n" });
        for (file, uses) in &files {
            let uses: Vec<&Use> = uses.iter().filter(|one| one.in_test == of_tests).collect();
            if uses.is_empty() {
                continue;
            }
            let _ = write!(page, "\n`{file}`\n\n| item | kind | why it is sound |\n| --- | --- | --- |\n");
            for one in uses {
                let reason = one.reason.replace('|', "\\|");
                let _ = writeln!(page, "| `{}` | {} | {reason} |", one.item, one.kind);
            }
        }
    }
    Ok(page)
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<Use>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if entry.file_type()?.is_dir() {
            if !SKIPPED.iter().any(|skipped| name == *skipped) {
                collect(root, &path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            // The tests of this program contain samples of `unsafe`.
            if relative == "tools/unsafe/src/source.rs" {
                continue;
            }
            let uses = source::uses(&fs::read_to_string(&path)?, &relative);
            if !uses.is_empty() {
                files.insert(relative, uses);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_what_the_sources_give() {
        let root = root();
        let there = fs::read_to_string(root.join(PAGE)).unwrap_or_default();
        let expected = page(&root).unwrap();
        let different = there.lines().zip(expected.lines()).find(|(one, other)| one != other);
        assert!(
            there == expected,
            "{PAGE} is out of date ({different:?}); write it with `cargo run -p unsafe-list`"
        );
    }

    #[test]
    fn every_use_has_its_reason() {
        let mut files = BTreeMap::new();
        collect(&root(), &root(), &mut files).unwrap();
        assert!(files.values().flatten().count() > 20, "the sources were not found");
        for (file, uses) in files {
            for one in uses {
                assert!(!one.reason.is_empty(), "{file}: `{}` has no // SAFETY: comment", one.item);
            }
        }
    }
}
