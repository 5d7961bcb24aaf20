//! The output of the driver: one line for each test.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The outcome of each test, by its id.
pub(super) type Outcomes = BTreeMap<String, Outcome>;

/// The outcome of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) status: Status,
    /// The report's message, in one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) why: String,
}

/// Pytest's statuses, and one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Passed,
    Skipped,
    Xfailed,
    Xpassed,
    Failed,
    /// An error in a fixture or while importing the file.
    Error,
    /// The interpreter ended during the test.
    Crashed,
}

impl Status {
    pub(super) const ALL: [Self; 7] =
        [Self::Passed, Self::Failed, Self::Error, Self::Crashed, Self::Skipped, Self::Xfailed, Self::Xpassed];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Xfailed => "xfailed",
            Self::Xpassed => "xpassed",
            Self::Failed => "failed",
            Self::Error => "error",
            Self::Crashed => "crashed",
        }
    }
}

/// A line of the driver.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Start { start: String },
    Test { test: String, outcome: Status, why: String },
    End { end: i32 },
}

/// The output of one interpreter.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) outcomes: Outcomes,
    /// The test that began last.
    pub(super) last: Option<String>,
    /// Exit status of pytest, if it finished.
    pub(super) ended: Option<i32>,
    /// The end of the other output.
    pub(super) noise: String,
}

/// Parses the lines of the driver out of the mixed output.
pub(super) fn told(stdout: &str) -> Told {
    let mut told = Told::default();
    for line in stdout.lines().filter(|line| !line.is_empty()) {
        let Some(line) = line.strip_prefix("@suite ") else {
            line.clone_into(&mut told.noise);
            continue;
        };
        match serde_json::from_str(line) {
            Ok(Line::Start { start }) => told.last = Some(start),
            Ok(Line::Test { test, outcome: status, why }) => {
                let outcome = Outcome { status, why };
                // A test may report more than once: its call, its subtests, its teardown. The worst outcome
                // counts.
                let known = told.outcomes.entry(test).or_insert_with(|| outcome.clone());
                if outcome.status > known.status {
                    *known = outcome;
                }
            }
            Ok(Line::End { end }) => told.ended = Some(end),
            // The interpreter ended while it wrote this line.
            Err(_) => {}
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_between_output() {
        let told = told(
            "noise\n@suite {\"start\": \"a\"}\n\n@suite {\"test\": \"a\", \"outcome\": \"passed\", \"why\": \"\"}\n\
             x@suite {\"end\": 0}\n@suite {\"start\": \"b\"}\n@suite {\"test\": \"b",
        );
        assert_eq!(told.outcomes.len(), 1);
        assert_eq!((told.outcomes["a"].status, &*told.noise), (Status::Passed, "x@suite {\"end\": 0}"));
        assert_eq!((told.last.as_deref(), told.ended), (Some("b"), None));
    }

    #[test]
    fn the_worst_report_counts() {
        let line = |outcome: &str| {
            format!("@suite {{\"test\": \"a\", \"outcome\": \"{outcome}\", \"why\": \"{outcome}\"}}\n")
        };
        let told = told(&(line("passed") + &line("error") + &line("skipped") + "@suite {\"end\": 1}"));
        assert_eq!(told.outcomes["a"], Outcome { status: Status::Error, why: "error".into() });
        assert_eq!(told.ended, Some(1));
    }
}
