//! A server on standard input and output: one request per line, one answer per line, both JSON.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use eryx::Sandbox;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::cell::Ran;
use crate::file;
use crate::notebook::Notebook;
use crate::script::MAIN;

/// A request.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
enum Request {
    /// Runs a cell.
    Run {
        #[serde(default = "main_branch")]
        branch: String,
        code: String,
        #[serde(default)]
        title: String,
    },
    /// Creates a branch.
    Fork {
        #[serde(default = "main_branch")]
        from: String,
        to: String,
    },
    /// Lists the cells of all branches.
    Cells,
    /// Saves all branches.
    Save { path: PathBuf },
    /// Starts a new notebook, or loads a saved one.
    Load { path: Option<String> },
}

/// An answer.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Ran(Ran),
    Cells(Vec<Ran>),
    Saved { bytes: usize },
    Done,
    Error(String),
}

fn main_branch() -> String {
    MAIN.to_owned()
}

/// Answers requests until the end of input.
pub(crate) fn serve(sandbox: &Sandbox, mut notebook: Notebook) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let answer =
            answer(sandbox, &mut notebook, &line).unwrap_or_else(|error| Answer::Error(error.to_string()));
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(sandbox: &Sandbox, notebook: &mut Notebook, line: &str) -> Result<Answer> {
    Ok(match serde_json::from_str(line)? {
        Request::Run { branch, code, title } => Answer::Ran(notebook.run(&branch, &title, &code)?.clone()),
        Request::Fork { from, to } => {
            notebook.fork(&from, &to)?;
            Answer::Done
        }
        Request::Cells => {
            Answer::Cells(notebook.branches().flat_map(|(_, branch)| branch.cells.clone()).collect())
        }
        Request::Save { path } => Answer::Saved { bytes: file::save(notebook, &path)? },
        Request::Load { path } => {
            *notebook = match path {
                Some(path) => file::load(sandbox, &path)?,
                None => Notebook::new(sandbox)?,
            };
            Answer::Done
        }
    })
}
