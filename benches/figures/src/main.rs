//! Measures every figure of `docs/performance.md`, for eryx and its peers in the same run.
//!
//! ```sh
//! cargo run --release -p figures                     # all parts but `bundle`, into docs/performance.md
//! cargo run --release -p figures -- fresh session    # these parts alone; the others stay as they were
//! cargo run --release -p figures -- bundle           # the slow part: building bundles
//! cargo run --release -p figures -- print            # only the tables of earlier measurements
//! ```
//!
//! # Method
//!
//! Programs that do the same work in the same modes: `benches/probe`, and in `benches/peers` one for the published crate
//! `eryx`, one for pyeryx and one for CPython itself. Starts of processes are timed from outside, from just before the
//! spawn until the first line of output is read. Work in a running process is timed inside it. All is interleaved, so
//! that a busy minute of the machine affects all programs alike, and medians are compared. Each program has its own
//! temp and cache folders for extracted files. A program without the mode is left out of the row.

mod bundling;
mod machine;
mod ours;
mod program;
mod published;
mod pyeryx;
mod results;
mod rows;
mod run;
mod sample;
mod table;

use std::error::Error;
use std::process::ExitCode;

use results::{Measured, Part};
use run::Programs;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Parts, in the order of the tables.
const PARTS: [&str; 8] = ["start", "fresh", "throughput", "session", "state", "memory", "python", "bundle"];

/// The part that only runs on request.
const SLOW: &str = "bundle";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match figures(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("figures: {error}");
            ExitCode::FAILURE
        }
    }
}

fn figures(words: &[String]) -> Result<()> {
    let only_print = words == ["print"];
    if let Some(word) = words.iter().find(|word| !only_print && !PARTS.contains(&word.as_str())) {
        return Err(format!("there is no part {word:?}; the parts are {}", PARTS.join(", ")).into());
    }
    let wanted =
        |part: &str| if words.is_empty() { part != SLOW } else { words.iter().any(|word| word == part) };
    let chosen: Vec<&str> = PARTS.into_iter().filter(|part| !only_print && wanted(part)).collect();
    if !chosen.is_empty() {
        measure(&chosen)?;
    }

    let mut parts = Vec::new();
    for name in PARTS {
        parts.extend(Part::load(name)?.map(|part| (name, part)));
    }
    let text = table::render(&parts);
    print!("{text}");
    if !only_print {
        table::write(&ours::repository().join("docs/performance.md"), &text)?;
    }
    Ok(())
}

/// Runs parts, and saves each as soon as it is complete.
fn measure(parts: &[&str]) -> Result<()> {
    let [plain, pydantic] = ours::programs()?;
    let absent = |why: String| eprintln!("a peer is missing: {why}");
    let published = published::program().map_err(absent).ok();
    let (pyeryx, native) = match pyeryx::programs().map_err(absent).ok() {
        Some([pyeryx, native]) => (Some(pyeryx), Some(native)),
        None => (None, None),
    };
    let unfused = if parts.contains(&"fresh") { bundling::unfused()? } else { None };
    let programs = Programs { plain, pydantic, unfused, published, pyeryx, native };
    let present = [Some(&programs.plain), programs.published.as_ref(), programs.pyeryx.as_ref()];
    let abouts: Vec<String> =
        present.into_iter().flatten().map(program::Program::about).collect::<Result<_>>()?;

    for part in parts {
        let (machine, moment) = (machine::system(), machine::moment());
        let mut rows = Vec::new();
        if *part == "bundle" {
            rows = bundling::rows(&programs)?;
        }
        for row in rows::ROWS.iter().filter(|row| row.part == *part) {
            eprintln!("{part}: {} …", row.name);
            let cells = run::run(row, &programs)?;
            if !cells.is_empty() {
                rows.push(Measured { name: row.name.to_owned(), target: row.target.to_owned(), cells });
            }
        }
        Part { machine, moment, programs: abouts.clone(), rows }.save(part)?;
    }
    Ok(())
}
