//! docs/packages.md.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Bundled, Outcome, Results, Smoke, Timing};
use crate::document::{cell, code};
use crate::plugin::Kind;

/// Characters of a smoke result that the table shows.
const OUTPUT: usize = 60;
/// Characters of a reason that the table shows.
const REASON: usize = 300;

/// One line for the terminal.
pub(super) fn summary(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused(refusal) => format!("refused: {}", refusal.message),
        Outcome::Bundled(bundled) => {
            format!("{} {}: {:?}", bundled.installed.version, kind(bundled), bundled.smoke)
        }
    }
}

/// The whole page.
pub(super) fn document(results: &Results) -> String {
    let bundled: Vec<_> = results
        .package
        .iter()
        .filter_map(|(name, measured)| match &measured.outcome {
            Outcome::Bundled(bundled) => Some((name, bundled)),
            Outcome::Refused(_) => None,
        })
        .collect();
    let same = bundled.iter().filter(|(_, bundled)| matches!(bundled.smoke, Smoke::Same(_))).count();
    let dates: BTreeSet<_> = results.package.values().map(|measured| measured.date.as_str()).collect();
    let mut text = String::new();
    let _ = write!(
        text,
        "\
# Popular packages in the sandbox

Written by `package-survey survey` (see `tools/packages`); everything measured is in [packages.json](packages.json).
{total} packages: {works} have a bundle, {same} of them print in the sandbox what they print in native CPython
{native}, {refused} have none.

eryx {eryx}, CPython {python} in the sandbox. Measured on {dates}; {machine}.

- *kind*: where the package's files come from. `pure` and `pyemscripten` wheels are the index's, `sdist-built` ones were
  built from the sdist in the sandbox. Dependencies of another kind than `pure` are named.
- *bundle s*: wall seconds of `cargo eryx bundle` with the downloads done (`cargo eryx fetch`) and the standard library
  compiled: building sdists, adapting, linking, importing, compiling to machine code. One package at a time.
- *import ms*: what `import` takes in a sandbox whose bundle did the import when it was made, as `time.perf_counter`
  sees it there; median of three sandboxes. Before an arrow: the same in a bundle that does not import at build time
  (`--cold`), with all that the standard library and the dependencies need.
- *smoke program*: what a line of real work with the package printed in the sandbox. ✓ marks the output that native
  CPython gives; the programs are in `tools/packages/packages.toml`.

| package | version | kind | bundle s | import ms | smoke program |
| --- | --- | --- | ---: | ---: | --- |
",
        total = results.package.len(),
        works = bundled.len(),
        refused = results.package.len() - bundled.len(),
        native = results.native_python,
        eryx = results.eryx,
        python = results.python,
        dates = range(&dates),
        machine = results.machine,
    );
    for (name, bundled) in &bundled {
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} |",
            bundled.installed.version,
            kind(bundled),
            bundled.bundle_seconds.map_or_else(|| "cached".to_owned(), |seconds| format!("{seconds:.1}")),
            imports(bundled),
            smoke(&bundled.smoke),
        );
    }
    refusals(&mut text, results);
    text
}

fn refusals(text: &mut String, results: &Results) {
    text.push_str(
        "\n## Refused\n\nWhat has no bundle, and what the plugin says.\n\n| package | why |\n| --- | --- |\n",
    );
    for (name, measured) in &results.package {
        let Outcome::Refused(refusal) = &measured.outcome else { continue };
        let why = without_place(&refusal.to_string());
        let _ = writeln!(text, "| {name} | {} |", cell(&why, REASON));
    }
}

/// The place in the scratch project's declaration, as in ` (eryx.toml:1:13)`, is no news.
fn without_place(text: &str) -> String {
    let Some((before, rest)) = text.split_once(" (eryx.toml:") else { return text.to_owned() };
    let after = rest.split_once(')').map_or("", |(_, after)| after);
    format!("{before}{after}")
}

fn range(dates: &BTreeSet<&str>) -> String {
    match (dates.first(), dates.last()) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (Some(day), _) => (*day).to_owned(),
        _ => "no day".to_owned(),
    }
}

fn kind(bundled: &Bundled) -> String {
    let mut kind = bundled.installed.kind.word().to_owned();
    for dependency in bundled.dependencies.iter().filter(|one| one.kind != Kind::Pure) {
        let _ = write!(kind, " + {} {}", dependency.name, dependency.kind.word());
    }
    kind
}

fn imports(bundled: &Bundled) -> String {
    let warm = time(&bundled.warm_import_ms, 2);
    bundled.import_ms.as_ref().map_or_else(|| warm.clone(), |cold| format!("{} → {warm}", time(cold, 0)))
}

fn time(timing: &Timing, digits: usize) -> String {
    match timing {
        Timing::Median(ms) => format!("{ms:.digits$}"),
        Timing::Failed(_) => "fails".to_owned(),
    }
}

fn smoke(smoke: &Smoke) -> String {
    match smoke {
        Smoke::Same(printed) => format!("✓ {}", code(printed, OUTPUT)),
        Smoke::Different { printed, expected: None } => {
            format!("{} (nothing expected)", code(printed, OUTPUT))
        }
        Smoke::Different { printed, expected: Some(expected) } => {
            format!("✗ {}, expected {}", code(printed, OUTPUT), code(&expected.output, OUTPUT))
        }
        Smoke::Failed(reason) => format!("✗ {}", cell(reason, REASON)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Measured;
    use super::*;
    use crate::plugin::{Installed, Refusal};

    fn installed(name: &str, kind: Kind) -> Installed {
        Installed { name: name.into(), version: "1.0".into(), kind }
    }

    fn measured(outcome: Outcome) -> Measured {
        Measured { date: "2026-01-02".into(), requirement: "a".into(), outcome }
    }

    fn bundled(smoke: Smoke) -> Bundled {
        Bundled {
            installed: installed("a", Kind::Pure),
            dependencies: vec![installed("b", Kind::Pyemscripten), installed("c", Kind::Pure)],
            bundle_seconds: Some(12.345),
            bundle_size: 1,
            import_ms: Some(Timing::Median(41.6)),
            warm_import_ms: Timing::Median(0.012),
            smoke,
        }
    }

    #[test]
    fn rows_say_what_was_measured() {
        let mut results = Results { native_python: "3.13.0".into(), ..Results::default() };
        let same = Outcome::Bundled(bundled(Smoke::Same("x|y".into())));
        results.package.insert("a".into(), measured(same));
        let failed = Outcome::Bundled(bundled(Smoke::Failed("E: no_thing".into())));
        results.package.insert("e".into(), measured(failed));
        let refusal = Refusal {
            message: "no usable file (eryx.toml:1:13)".into(),
            causes: vec!["linux only".into()],
            help: None,
        };
        results.package.insert("z".into(), measured(Outcome::Refused(refusal)));
        let text = document(&results);
        for line in [
            "3 packages: 2 have a bundle, 1 of them print",
            "| a | 1.0 | pure + b pyemscripten | 12.3 | 42 → 0.01 | ✓ `x\\|y` |",
            "| e | 1.0 | pure + b pyemscripten | 12.3 | 42 → 0.01 | ✗ E: no\\_thing |",
            "| z | no usable file: linux only |",
            "Measured on 2026-01-02;",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn results_survive_their_file() {
        let mut results = Results::default();
        let different = Smoke::Different { printed: "x".into(), expected: None };
        results.package.insert("a".into(), measured(Outcome::Bundled(bundled(different))));
        results.package.insert("z".into(), measured(Outcome::Refused(Refusal::default())));
        let text = serde_json::to_string(&results).unwrap();
        let back: Results = serde_json::from_str(&text).unwrap();
        assert_eq!(document(&back), document(&results));
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }
}
