//! Differences between the two sides, and their explanations.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

use super::record::{Outcome, Outcomes, Status};

/// The reason why some tests end differently in the sandbox.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explanation {
    /// Ids of tests; `*` is any text.
    tests: Vec<String>,
    /// Applies only if the tests ended like this natively: a status, or `absent`.
    native: Option<String>,
    /// Applies only if the tests ended like this in the sandbox.
    sandbox: Option<String>,
    /// The explanation.
    why: String,
}

/// A test that ended differently. If one side does not have the test, its status there is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) test: String,
    pub(super) native: Option<Outcome>,
    pub(super) sandbox: Option<Outcome>,
}

/// All differences, with their explanations.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Each explanation with at least one match, in the order of the data file.
    pub(super) explained: Vec<(String, Vec<Difference>)>,
    pub(super) unexplained: Vec<Difference>,
    /// Explanations without a match.
    pub(super) useless: Vec<String>,
}

impl Comparison {
    pub(super) fn new(native: &Outcomes, sandbox: &Outcomes, explanations: &[Explanation]) -> Self {
        let mut groups: Vec<Vec<Difference>> = explanations.iter().map(|_| Vec::new()).collect();
        let mut comparison = Self::default();
        for difference in differences(native, sandbox) {
            match explanations.iter().position(|one| one.covers(&difference)) {
                Some(at) => groups[at].push(difference),
                None => comparison.unexplained.push(difference),
            }
        }
        for (explanation, group) in explanations.iter().zip(groups) {
            if group.is_empty() {
                comparison.useless.push(explanation.why.clone());
            } else {
                comparison.explained.push((explanation.why.clone(), group));
            }
        }
        comparison
    }
}

fn differences(native: &Outcomes, sandbox: &Outcomes) -> Vec<Difference> {
    let tests: BTreeSet<&String> = native.keys().chain(sandbox.keys()).collect();
    let of = |outcomes: &Outcomes, test: &String| outcomes.get(test).cloned();
    tests
        .into_iter()
        .map(|test| Difference { test: test.clone(), native: of(native, test), sandbox: of(sandbox, test) })
        .filter(|one| one.native.as_ref().map(|it| it.status) != one.sandbox.as_ref().map(|it| it.status))
        .collect()
}

impl Explanation {
    fn covers(&self, difference: &Difference) -> bool {
        let agrees = |wanted: &Option<String>, outcome: &Option<Outcome>| {
            wanted.as_ref().is_none_or(|wanted| wanted == word(outcome.as_ref()))
        };
        agrees(&self.native, &difference.native)
            && agrees(&self.sandbox, &difference.sandbox)
            && self.tests.iter().any(|pattern| matches(pattern, &difference.test))
    }
}

/// Returns the status as a word.
pub(super) fn word(outcome: Option<&Outcome>) -> &'static str {
    outcome.map_or("absent", |outcome| outcome.status.word())
}

/// Counts the tests of a status.
pub(super) fn count(outcomes: &Outcomes, status: Status) -> usize {
    outcomes.values().filter(|outcome| outcome.status == status).count()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |outcome: &Option<Outcome>| {
            let why = outcome.as_ref().map_or("", |outcome| outcome.why.as_str());
            let separator = if why.is_empty() { "" } else { ": " };
            format!("{}{separator}{why}", word(outcome.as_ref()))
        };
        write!(f, "{} — natively {}; in the sandbox {}", self.test, side(&self.native), side(&self.sandbox))
    }
}

/// Whether a text matches the pattern. Ids of tests contain brackets and question marks, so only `*` is
/// special.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(before) else { return false };
    text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| matches(rest, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(all: &[(&str, Status)]) -> Outcomes {
        let outcome = |status| Outcome { status, why: "because".into() };
        all.iter().map(|(test, status)| ((*test).to_owned(), outcome(*status))).collect()
    }

    fn explanation(pattern: &str, sandbox: Option<&str>) -> Explanation {
        Explanation {
            tests: vec![pattern.to_owned()],
            native: None,
            sandbox: sandbox.map(str::to_owned),
            why: format!("as {pattern}"),
        }
    }

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*::b[*]", "f.py::b[1-?]", true),
            ("*::b[*]", "f.py::b", false),
            ("*b*", "ü", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn every_difference_is_explained_or_named() {
        use Status::{Crashed, Failed, Passed, Skipped};
        let native = outcomes(&[("a", Passed), ("b", Passed), ("c", Passed), ("only", Skipped)]);
        let sandbox = outcomes(&[("a", Passed), ("b", Failed), ("c", Crashed), ("new", Passed)]);
        let explanations = [
            explanation("b", Some("failed")),
            explanation("c", Some("failed")),
            explanation("o*", Some("absent")),
        ];
        let compared = Comparison::new(&native, &sandbox, &explanations);
        let explained: Vec<_> =
            compared.explained.iter().map(|(why, group)| (why.as_str(), group[0].test.as_str())).collect();
        assert_eq!(explained, [("as b", "b"), ("as o*", "only")]);
        assert_eq!(compared.useless, ["as c"]);
        let unexplained: Vec<_> = compared.unexplained.iter().map(ToString::to_string).collect();
        assert_eq!(
            unexplained,
            [
                "c — natively passed: because; in the sandbox crashed: because",
                "new — natively absent; in the sandbox passed: because"
            ]
        );
        assert_eq!((count(&native, Passed), count(&sandbox, Crashed)), (3, 1));
    }
}
