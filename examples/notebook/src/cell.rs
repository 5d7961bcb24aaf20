//! Results of cells.

use std::fmt;

use eryx::{Error, Output, Value};
use serde::{Deserialize, Serialize};

/// A cell that was run: its code and its result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ran {
    pub(crate) branch: String,
    /// The cell's number on the branch; counts from before the fork.
    pub(crate) number: usize,
    pub(crate) title: String,
    pub(crate) code: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Value of the last expression.
    pub(crate) value: Option<Value>,
    /// Python's traceback, or the exceeded limit.
    pub(crate) error: Option<String>,
}

impl Ran {
    pub(crate) fn new(branch: &str, number: usize, title: &str, code: &str) -> Self {
        Self {
            branch: branch.to_owned(),
            number,
            title: title.to_owned(),
            code: code.to_owned(),
            stdout: String::new(),
            stderr: String::new(),
            value: None,
            error: None,
        }
    }

    /// Adds the result of an execution. Errors in the code are part of it.
    pub(crate) fn with(self, result: Result<Output, Error>) -> Result<Self, Error> {
        let (output, error) = match result {
            Ok(output) => (output, None),
            Err(Error::Execution(failure)) => {
                let error = match failure.exception() {
                    Some(exception) => exception.traceback.clone(),
                    None => failure.cause.to_string(),
                };
                (failure.output, Some(error))
            }
            Err(error) => return Err(error),
        };
        Ok(Self { stdout: output.stdout, stderr: output.stderr, value: output.value, error, ..self })
    }
}

/// The format for people.
impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[{} {}] {}", self.branch, self.number, self.title)?;
        for text in [Some(&self.stdout), Some(&self.stderr), self.error.as_ref()].into_iter().flatten() {
            if !text.is_empty() {
                writeln!(f, "{}", text.trim_end_matches('\n'))?;
            }
        }
        match &self.value {
            Some(value) => writeln!(f, "=> {value}"),
            None => Ok(()),
        }
    }
}
