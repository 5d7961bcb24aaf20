//! A program that its users extend with scripts: `plugins [FOLDER]`, or `plugins --describe`.
//!
//! It reviews an order with every plug-in in a folder. A plug-in is a Python file with a function
//! `review(order)`, which calls the program's functions. Their arguments are checked against Rust types, so a
//! mistake in a script is a Python exception in that script. Each plug-in has a separate interpreter, with
//! limits: one that fails, loops or crashes is reported, and the others do their work.
//!
//! `--describe` prints documentation for plug-in authors, from the schemas of those functions.

mod describe;
mod order;
mod review;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

// Plain CPython, with the modules that most plug-ins import.
static PYTHON: eryx::Bundle = eryx::embed!(imports = ["asyncio", "json"]);

fn main() -> ExitCode {
    let argument = std::env::args_os().nth(1);
    let done = match argument.as_deref() {
        Some(flag) if flag == "--describe" => describe(),
        folder => run(folder
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins"), PathBuf::from)
            .as_path()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("plugins: {error}");
            ExitCode::FAILURE
        }
    }
}

fn describe() -> Result<(), Box<dyn Error>> {
    let (sandbox, _) = review::sandbox(&PYTHON)?;
    print!("{}", describe::markdown(&sandbox));
    Ok(())
}

fn run(folder: &Path) -> Result<(), Box<dyn Error>> {
    let order = order::sample();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    for script in scripts(folder)? {
        let name = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&script)?;
        match runtime.block_on(review::run(&PYTHON, &name, &source, &order)) {
            Ok(proposals) if proposals.is_empty() => println!("{name}: no proposals"),
            Ok(proposals) => proposals.iter().for_each(|proposal| println!("{name}: {proposal}")),
            Err(error) => println!("{name}: failed: {error}"),
        }
    }
    Ok(())
}

/// Returns the Python files of a folder, sorted by name.
fn scripts(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut scripts = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "py") {
            scripts.push(path);
        }
    }
    scripts.sort();
    Ok(scripts)
}
