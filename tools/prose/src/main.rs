//! Counts words that make prose hard to read: `what`, and `nothing`, `nobody` and `none`. Also counts `for example` and
//! its like, which make it easier. The rates are per 10,000 words, so pages of any length can be compared.
//!
//! ```text
//! cargo run -p prose-count                         # README.md and docs/
//! cargo run -p prose-count -- docs/limits.md       # one page
//! cargo run -p prose-count -- --rust eryx-rt/src   # comments and string literals of Rust files
//! cargo run -p prose-count -- --check docs         # fails where the words are too frequent
//! ```
//!
//! `STYLE.md` has the rules behind the words. The test below checks README.md and docs/.

#![forbid(unsafe_code)]

mod count;
mod markdown;
mod rust;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use count::Counts;

/// The pages to count without arguments.
const PAGES: [&str; 2] = ["README.md", "docs"];

/// A page may have so many of each word, even if it is short.
const SLACK: usize = 3;

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn run() -> io::Result<ExitCode> {
    let (mut of_rust, mut check) = (false, false);
    let mut paths = Vec::new();
    for argument in env::args_os().skip(1) {
        match argument.to_str() {
            Some("--rust") => of_rust = true,
            Some("--check") => check = true,
            _ => paths.push(PathBuf::from(argument)),
        }
    }
    if paths.is_empty() {
        paths = PAGES.map(|page| root().join(page)).to_vec();
    }
    let counted = count_files(&paths, if of_rust { "rs" } else { "md" })?;
    println!("{}", Counts::HEAD);
    for (path, counts) in &counted {
        println!("{}", counts.row(&shown(path)));
    }
    println!("{}", total(&counted).row("total"));
    let problems = if check { problems(&counted) } else { Vec::new() };
    for problem in &problems {
        eprintln!("{problem}");
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn total(counted: &[(PathBuf, Counts)]) -> Counts {
    counted.iter().fold(Counts::default(), |total, (_, counts)| total + *counts)
}

/// Checks each page with some slack, and all pages together without.
fn problems(counted: &[(PathBuf, Counts)]) -> Vec<String> {
    let total = total(counted);
    let mut problems = Vec::new();
    for (path, counts) in counted {
        problems.extend(counts.problems(SLACK).map(|problem| format!("{}: {problem}", shown(path))));
    }
    problems.extend(total.problems(0).map(|problem| format!("all files together: {problem}")));
    problems.extend(total.lack_of_examples().map(|problem| format!("all files together: {problem}")));
    problems
}

/// Counts the files with this extension, in folders and below, sorted by name.
fn count_files(paths: &[PathBuf], extension: &str) -> io::Result<Vec<(PathBuf, Counts)>> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, extension, &mut files)?;
    }
    let count = |path: PathBuf| {
        let text = fs::read_to_string(&path)?;
        let prose = if extension == "rs" { rust::prose(&text) } else { markdown::prose(&text) };
        Ok((path, Counts::of(&prose)))
    };
    files.into_iter().map(count).collect()
}

fn collect(path: &Path, extension: &str, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries: io::Result<Vec<PathBuf>> =
        fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut entries = entries?;
    entries.sort();
    for entry in entries {
        let is_target = entry.file_name().is_some_and(|name| name == "target");
        let matches = entry.extension().is_some_and(|found| found == extension);
        if (entry.is_dir() && !is_target) || matches {
            collect(&entry, extension, files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readme_and_docs_read_like_english() {
        let paths = PAGES.map(|page| root().join(page));
        let counted = count_files(&paths, "md").unwrap();
        assert!(counted.len() > 10, "only {} pages were found", counted.len());
        let problems = problems(&counted);
        assert!(problems.is_empty(), "STYLE.md has the rules:\n{}", problems.join("\n"));
    }
}
