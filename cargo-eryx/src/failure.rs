//! Errors as flat text, for people and for JSON.

use std::error::Error as _;

use eryx_build::Error;
use serde::Serialize;

/// An error in the form that `--message-format json` and the `embed!` macro receive.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(crate) struct FailureReport {
    message: String,
    causes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
}

impl From<&Error> for FailureReport {
    fn from(error: &Error) -> Self {
        let blame = error.blamed();
        Self {
            message: error.to_string(),
            causes: causes(error),
            help: error.help_text().map(str::to_owned),
            key: blame.map(|blame| blame.key.clone()),
            index: blame.and_then(|blame| blame.index),
        }
    }
}

/// Returns the causes of the error, nearest first. Leaves out a cause that only repeats the end of the text
/// before it: many error types print their source as well as return it.
pub(crate) fn causes(error: &Error) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let mut last = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !last.ends_with(&text) {
            causes.push(text.clone());
            last = text;
        }
        cause = error.source();
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Repeating(std::io::Error);

    impl std::fmt::Display for Repeating {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "cannot open x: {}", self.0)
        }
    }

    impl std::error::Error for Repeating {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn repeated_causes_are_said_once() {
        let io = std::io::Error::from(std::io::ErrorKind::NotFound);
        let text = io.to_string();
        let error = Error::new("cannot bundle").because(Error::new("step failed").because(Repeating(io)));
        assert_eq!(causes(&error), ["step failed".to_owned(), format!("cannot open x: {text}")]);
    }

    #[test]
    fn a_report_carries_the_blamed_literal() {
        let error = Error::new("top").because(Error::new("no pin").help("pin it").blame("packages", Some(1)));
        assert_eq!(
            serde_json::to_value(FailureReport::from(&error)).unwrap(),
            serde_json::json!({
                "message": "top", "causes": ["no pin"], "help": "pin it", "key": "packages", "index": 1,
            })
        );
    }
}
