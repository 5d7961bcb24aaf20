//! How a program ended, and whether that is right.

use eryx::{Cause, Error, Output, Value};
use serde::{Deserialize, Serialize};

use crate::program::{End, Program};

/// No program may bring the process to more host memory than this, with a limit of 128 MB on the guest's.
pub(crate) const MOST_HOST_KIB: u64 = 400 << 10;

/// Bytes of output that a report keeps.
const MOST_TEXT: usize = 4000;

/// How a program ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// `ok`, `raises NAME`, `ends CAUSE`; `host died …` and `host hung` are never right.
    pub(crate) end: String,
    /// What the exception or the cause says.
    pub(crate) message: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) value: Option<Value>,
    /// Most host memory of the process while the program ran.
    pub(crate) peak_kib: u64,
    pub(crate) milliseconds: u64,
    /// What went wrong around it.
    pub(crate) broken: Vec<String>,
}

impl Outcome {
    pub(crate) fn of(result: &Result<Output, Error>) -> Self {
        let (end, message, output) = match result {
            Ok(output) => ("ok".to_owned(), String::new(), Some(output)),
            Err(Error::Execution(failure)) => {
                let end = match &failure.cause {
                    Cause::Exception(exception) => format!("raises {}", exception.kind),
                    cause => format!("ends {}", name(cause)),
                };
                (end, failure.cause.to_string(), Some(&failure.output))
            }
            Err(error) => ("error".to_owned(), format!("{error}: {error:?}"), None),
        };
        let text = |text: &str| text.chars().take(MOST_TEXT).collect();
        let output = output.cloned().unwrap_or_default();
        Self {
            end: text(&end),
            message: text(&message),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            // Of the largest, only that there was one.
            value: output.value.filter(|value| !matches!(value, Value::Array(all) if all.len() > 1000)),
            ..Self::default()
        }
    }

    /// The host's process ended or was ended.
    pub(crate) fn lost(how: String) -> Self {
        Self { end: how, ..Self::default() }
    }

    /// All that is not as the program says.
    pub(crate) fn problems(&self, program: &Program) -> Vec<String> {
        let mut problems = self.broken.clone();
        if !program.expected.iter().any(|end| self.is(end)) {
            let Self { end, message, stdout, stderr, .. } = self;
            problems.push(format!(
                "{end} ({message}), not {:?}\n    stdout: {stdout:?}\n    stderr: {stderr:?}",
                program.expected
            ));
        } else if self.end == "ok" {
            if let Some(lacking) = program.prints.iter().find(|text| !self.stdout.contains(text.as_str())) {
                problems.push(format!("{lacking:?} is not in {:?}", self.stdout));
            }
            if program.value.is_some() && self.value != program.value {
                problems.push(format!("the value is {:?}, not {:?}", self.value, program.value));
            }
        }
        if self.peak_kib > MOST_HOST_KIB {
            problems.push(format!("{} MB of host memory", self.peak_kib >> 10));
        }
        problems
    }

    fn is(&self, end: &End) -> bool {
        match end {
            End::Ok => self.end == "ok",
            End::Raises(name) => self.end.strip_prefix("raises ") == Some(name),
            End::Cause(name) => self.end.strip_prefix("ends ") == Some(name),
        }
    }
}

/// A cause's name, in kebab case.
fn name(cause: &Cause) -> String {
    let text = format!("{cause:?}");
    let name = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

#[test]
fn causes_have_the_names_that_heads_use() {
    let causes =
        [Cause::WallTime(std::time::Duration::ZERO), Cause::OutputLimit(1), Cause::Crash("c".into())];
    assert_eq!(causes.map(|cause| name(&cause)), ["wall-time", "output-limit", "crash"]);
}
