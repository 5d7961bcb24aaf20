//! docs/suites.md.

use std::fmt::Write as _;

use super::compare::{Difference, count, word};
use super::record::{Outcomes, Status};
use super::{Compared, Recorded};
use crate::document::{cell, code};

/// Characters of an id or a reason that the page shows.
const LIMIT: usize = 160;

/// The whole page.
pub(super) fn document(suites: &[Compared<'_>]) -> String {
    let mut text = "\
# Test suites in the sandbox

Written by `package-survey suites` (see `tools/packages`). The tests come from the packages' own sdists and run under
pytest, one interpreter for each test file: in the sandbox, and beside it in native CPython with the same versions of
all packages. *Error* is a fixture or an import that failed, *crashed* a test during which the interpreter ended. The
seconds are the sum over the test files, of which several may have run at a time; they hold each interpreter's start.

| suite | side | "
        .to_owned();
    text.push_str(&Status::ALL.map(Status::word).join(" | "));
    text.push_str(" | s |\n| --- | --- | ");
    text.push_str(&Status::ALL.map(|_| "---:").join(" | "));
    text.push_str(" | ---: |\n");
    for Compared { name, recorded, .. } in suites {
        let suite = format!("{name} {}", recorded.version);
        let native = format!("native {}", recorded.native_python);
        row(&mut text, &suite, &native, &recorded.native, recorded.native_seconds);
        let sandbox = format!("sandbox {}", recorded.python);
        row(&mut text, &suite, &sandbox, &recorded.sandbox, recorded.sandbox_seconds);
    }
    for suite in suites {
        section(&mut text, suite);
    }
    text
}

fn row(text: &mut String, suite: &str, side: &str, outcomes: &Outcomes, seconds: f64) {
    let counts = Status::ALL.map(|status| count(outcomes, status).to_string()).join(" | ");
    let _ = writeln!(text, "| {suite} | {side} | {counts} | {seconds:.0} |");
}

fn section(text: &mut String, suite: &Compared<'_>) {
    let Compared { name, recorded, omitted, note, comparison } = suite;
    let Recorded { version, date, machine, eryx, .. } = recorded;
    let packages: Vec<String> =
        recorded.packages.iter().map(|one| format!("{} {}", one.name, one.version)).collect();
    let _ = write!(
        text,
        "\n## {name} {version}\n\nRun on {date} with eryx {eryx}; {machine}.\nInstalled on both sides: {}.\n",
        packages.join(", ")
    );
    for (file, why) in *omitted {
        let _ = writeln!(text, "\n{} is left out on both sides: {}", code(file, LIMIT), why.trim());
    }
    if let Some(note) = note {
        let _ = writeln!(text, "\n{}", note.trim());
    }
    if comparison.explained.is_empty() && comparison.unexplained.is_empty() {
        text.push_str("\nNo test ended differently.\n");
    }
    for (why, group) in &comparison.explained {
        differences(text, why, group);
    }
    if !comparison.unexplained.is_empty() {
        differences(text, "**Not explained yet.**", &comparison.unexplained);
    }
}

fn differences(text: &mut String, why: &str, group: &[Difference]) {
    let _ = write!(text, "\n{}\n\n<details>\n<summary>", why.trim());
    let _ = match group.len() {
        1 => write!(text, "1 test"),
        tests => write!(text, "{tests} tests"),
    };
    text.push_str(
        "</summary>\n\n| test | native | sandbox | what the sandbox says |\n| --- | --- | --- | --- |\n",
    );
    for one in group {
        let says = one.sandbox.as_ref().map_or("", |outcome| &outcome.why);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            code(&one.test, LIMIT),
            word(one.native.as_ref()),
            word(one.sandbox.as_ref()),
            cell(says, LIMIT)
        );
    }
    text.push_str("\n</details>\n");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::compare::Comparison;
    use super::super::record::Outcome;
    use super::*;

    #[test]
    fn counts_and_differences_are_told() {
        let outcome = |status| Outcome { status, why: "no_threads".into() };
        let outcomes = |a, b| Outcomes::from([("a".to_owned(), outcome(a)), ("b".to_owned(), outcome(b))]);
        let recorded = Recorded {
            date: "2026-01-02".into(),
            machine: "m".into(),
            native_python: "3.13.0".into(),
            python: "3.14.0".into(),
            eryx: "0.1.0".into(),
            version: "1".into(),
            packages: Vec::new(),
            native: outcomes(Status::Passed, Status::Passed),
            sandbox: outcomes(Status::Passed, Status::Crashed),
            native_seconds: 1.4,
            sandbox_seconds: 2.6,
        };
        let comparison = Comparison::new(&recorded.native, &recorded.sandbox, &[]);
        let omitted = BTreeMap::from([("t/x.py".to_owned(), "It needs\nmuch.".to_owned())]);
        let text = document(&[Compared {
            name: "s",
            recorded,
            omitted: &omitted,
            note: Some("Mind.\n"),
            comparison,
        }]);
        for line in [
            "| suite | side | passed | failed | error | crashed | skipped | xfailed | xpassed | s |",
            "| s 1 | native 3.13.0 | 2 | 0 | 0 | 0 | 0 | 0 | 0 | 1 |",
            "| s 1 | sandbox 3.14.0 | 1 | 0 | 0 | 1 | 0 | 0 | 0 | 3 |",
            "`t/x.py` is left out on both sides: It needs\nmuch.",
            "\nMind.\n",
            "**Not explained yet.**",
            "<summary>1 test</summary>",
            "| `b` | passed | crashed | no\\_threads |",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
