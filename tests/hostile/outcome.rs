//! The outcome of a program, and its check.

use eryx::{Cause, Error, Output, Value};
use serde::{Deserialize, Serialize};

use crate::program::{End, Program};

/// Most host memory of the process with any program, with a limit of 128 MB on the guest's.
pub(crate) const MOST_HOST_KIB: u64 = 400 << 10;

/// Characters of each text that a report keeps.
const MOST_TEXT: usize = 4000;

/// The outcome of a program.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// `ok`, `raises NAME`, `ends CAUSE`; `host died …` and `host hung` are never expected.
    pub(crate) end: String,
    /// The message of the exception or the cause.
    pub(crate) message: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) value: Option<Value>,
    /// Most host memory of the process while the program ran.
    pub(crate) peak_kib: u64,
    pub(crate) milliseconds: u64,
    /// Problems around the program.
    pub(crate) broken: Vec<String>,
}

impl Outcome {
    /// Converts a result. It copies little, because its memory counts as the program's.
    pub(crate) fn of(result: &eryx::Result<Output>) -> Self {
        let (end, message, output) = match result {
            Ok(output) => ("ok".to_owned(), String::new(), Some(output)),
            Err(Error::Execution(failure)) => {
                let (end, message) = match &failure.cause {
                    Cause::Exception(exception) => {
                        (format!("raises {}", beginning(&exception.kind)), beginning(&exception.message))
                    }
                    cause => (format!("ends {}", name(cause)), beginning(&cause.to_string())),
                };
                (end, message, Some(&failure.output))
            }
            Err(error) => ("error".to_owned(), format!("{error}: {error:?}"), None),
        };
        Self {
            end,
            message,
            stdout: output.map(|output| beginning(&output.stdout)).unwrap_or_default(),
            stderr: output.map(|output| beginning(&output.stderr)).unwrap_or_default(),
            value: output.and_then(|output| output.value.as_ref()).filter(|value| is_small(value)).cloned(),
            ..Self::default()
        }
    }

    /// The host's process ended or was killed.
    pub(crate) fn lost(how: String) -> Self {
        Self { end: how, ..Self::default() }
    }

    /// Returns all differences from the program's head.
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

fn beginning(text: &str) -> String {
    text.chars().take(MOST_TEXT).collect()
}

/// Whether the value is small enough to keep. Does not look into nested arrays.
fn is_small(value: &Value) -> bool {
    match value {
        Value::Array(all) => all.len() <= 50,
        Value::Object(all) => all.len() <= 50,
        Value::String(text) => text.len() <= MOST_TEXT,
        _ => true,
    }
}

/// Returns a cause's name, in kebab case.
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
