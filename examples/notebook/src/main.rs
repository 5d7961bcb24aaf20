//! Notebooks whose interpreters can be forked, saved, and resumed in another process.
//!
//! ```text
//! notebook run prices.py --save prices.state    # all cells of a notebook; then keep the interpreters in a file
//! notebook resume prices.state more.py          # in another process: go on from there
//! notebook serve [prices.state]                 # a server on standard input and output, one JSON object per line
//! ```
//!
//! A notebook is a Python file with cells, in the format that editors know: each begins with a line `# %% title`. A cell
//! `# %% @name title` runs on the branch of that name, which begins as a fork of `main` as it is at that point: an
//! separate interpreter with copies of all of `main`'s objects. `main` does not see its changes. So after an hour of
//! preparation, you can try variants without repeating that hour.

mod cell;
mod file;
mod notebook;
mod script;
mod serve;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use eryx::{Bundle, Limits, Sandbox};
use notebook::Notebook;

// Declared in Cargo.toml, under [package.metadata.eryx].
static PYTHON: Bundle = eryx::embed!();

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const USAGE: &str = "usage: notebook run NOTEBOOK.py [--save STATE]
       notebook resume STATE [NOTEBOOK.py] [--save STATE]
       notebook serve [STATE]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["run", script] => run(None, Some(script), None),
        ["run", script, "--save", state] => run(None, Some(script), Some(state)),
        ["resume", state] => run(Some(state), None, None),
        ["resume", state, script] => run(Some(state), Some(script), None),
        ["resume", state, script, "--save", new] => run(Some(state), Some(script), Some(new)),
        ["serve"] => sandbox().and_then(|sandbox| serve::serve(&sandbox, Notebook::new(&sandbox)?)),
        ["serve", state] => {
            sandbox().and_then(|sandbox| serve::serve(&sandbox, file::load(&sandbox, state)?))
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("notebook: {error}");
            ExitCode::FAILURE
        }
    }
}

fn sandbox() -> Result<Sandbox> {
    Ok(Sandbox::builder()
        .with_bundle(&PYTHON)
        .with_limits(Limits::default().with_memory(256 << 20))
        .build()?)
}

/// Runs the cells of a script, in new interpreters or in saved ones, and saves them on request.
fn run(state: Option<&str>, script: Option<&str>, save: Option<&str>) -> Result<()> {
    let sandbox = sandbox()?;
    let mut notebook = match state {
        Some(state) => {
            let notebook = file::load(&sandbox, state)?;
            print!("{}", notebook.summary());
            notebook
        }
        None => Notebook::new(&sandbox)?,
    };
    if let Some(script) = script {
        let text = fs::read_to_string(script).map_err(|error| format!("cannot read {script}: {error}"))?;
        for cell in script::cells(&text) {
            print!("{}", notebook.run(&cell.branch, &cell.title, &cell.code)?);
        }
    }
    if let Some(save) = save {
        let bytes = file::save(&mut notebook, Path::new(save))?;
        println!("saved {} branches in {bytes} bytes", notebook.branches().count());
    }
    Ok(())
}
