//! Writes docs/hostile.md: what the suite came to, by class and flavour, and beside the published crate.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::common::{repository, scratch};
use crate::flavour::Flavour;
use crate::outcome::{MOST_HOST_KIB, Outcome};
use crate::peer::{self, PeerOutcome};
use crate::program::{Program, classes};

/// What the published crate did. Kept, because few have it built.
#[derive(Serialize, Deserialize, Default)]
struct Peer {
    about: String,
    outcomes: BTreeMap<String, PeerOutcome>,
}

pub(crate) fn path() -> PathBuf {
    repository().join("docs/hostile.md")
}

/// Where the outcomes of the last run are.
fn outcomes(flavour: Flavour) -> PathBuf {
    scratch().join(format!("hostile-outcomes-{flavour:?}.json"))
}

/// Keeps the outcomes of a run for the page, unless only some programs ran.
pub(crate) fn keep(flavour: Flavour, programs: &[Program], found: &[Outcome]) {
    if std::env::var_os("ERYX_HOSTILE_ONLY").is_none() {
        let names = programs.iter().map(|program| program.name.as_str());
        let all: BTreeMap<&str, &Outcome> = names.zip(found).collect();
        std::fs::write(outcomes(flavour), serde_json::to_vec(&all).unwrap()).unwrap();
    }
}

/// The outcomes that were kept, in the order of the programs.
fn kept_of(flavour: Flavour, programs: &[Program]) -> Vec<Outcome> {
    let path = outcomes(flavour);
    let bytes = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run the suite first", path.display()));
    let mut all: BTreeMap<String, Outcome> = serde_json::from_slice(&bytes).unwrap();
    let of = |program: &Program| {
        let found = all.remove(&program.name);
        found.unwrap_or_else(|| panic!("{} has not run in {flavour}; run the suite first", program.name))
    };
    programs.iter().map(of).collect()
}

pub(crate) fn write(programs: &[Program]) {
    let kept = repository().join("docs/hostile.json");
    let peer: Peer = match peer::run(programs) {
        Some(outcomes) => {
            let peer = Peer { about: peer::about().unwrap_or_default(), outcomes };
            std::fs::write(&kept, serde_json::to_string_pretty(&peer).unwrap() + "\n").unwrap();
            peer
        }
        None => {
            std::fs::read(&kept).map_or_else(|_| Peer::default(), |b| serde_json::from_slice(&b).unwrap())
        }
    };
    let runs: Vec<Vec<Outcome>> =
        Flavour::ALL.into_iter().map(|flavour| kept_of(flavour, programs)).collect();
    std::fs::write(path(), text(programs, &runs, &peer)).unwrap();
}

fn text(programs: &[Program], runs: &[Vec<Outcome>], peer: &Peer) -> String {
    let mut page = format!(
        "# The escape suite\n\n\
         Written from a run by `cargo eryx test --release --workspace --test hostile -- --ignored write_the_page`; do not edit.\n\n\
         {} programs in [tests/hostile](../tests/hostile) attack the sandbox. The head of each says how it must end. All of\n\
         them run in every flavour, with a limit of 128 MB on the guest's memory, in a process that must not pass {} MB, must\n\
         not die, and must not leave a file, a process or an open file behind. After each program, one that means no harm\n\
         must work in a fresh interpreter, and in the same session or a copy of it where there is one. In reused memories,\n\
         every fifth time all of the guest's memory is searched for what earlier tenants left.\n\n\
         The table counts programs that ended as they must.\n\n\
         | class | programs |",
        programs.len(),
        MOST_HOST_KIB >> 10
    );
    for flavour in Flavour::ALL {
        write!(page, " {flavour} |").unwrap();
    }
    page += " most host memory |\n| --- | ---: |";
    page += &" ---: |".repeat(Flavour::ALL.len() + 1);
    page += "\n";
    for class in classes(programs) {
        let of_class: Vec<usize> = (0..programs.len()).filter(|&i| programs[i].class() == class).collect();
        write!(page, "| {class} | {} |", of_class.len()).unwrap();
        for outcomes in runs {
            let right = of_class.iter().filter(|&&i| outcomes[i].problems(&programs[i]).is_empty()).count();
            write!(page, " {right} |").unwrap();
        }
        let peak = of_class.iter().flat_map(|&i| runs.iter().map(move |run| run[i].peak_kib)).max();
        writeln!(page, " {} MB |", peak.unwrap_or_default() >> 10).unwrap();
    }
    wrong(&mut page, programs, runs);
    ends(&mut page, programs, runs);
    beside(&mut page, programs, peer);
    page
}

/// Lists what did not end as it must.
fn wrong(page: &mut String, programs: &[Program], runs: &[Vec<Outcome>]) {
    let mut lines = String::new();
    for (flavour, outcomes) in Flavour::ALL.into_iter().zip(runs) {
        for (program, outcome) in programs.iter().zip(outcomes) {
            for problem in outcome.problems(program) {
                let problem = problem.lines().next().unwrap_or_default().to_owned();
                writeln!(lines, "- `{}`, {flavour}: {problem}", program.name).unwrap();
            }
        }
    }
    if !lines.is_empty() {
        write!(page, "\nNot as they must be:\n\n{lines}").unwrap();
    }
}

/// How programs end, in fresh interpreters.
fn ends(page: &mut String, programs: &[Program], runs: &[Vec<Outcome>]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in &runs[0] {
        let end = if outcome.end.starts_with("raises") { "raises an exception" } else { &outcome.end };
        *counts.entry(end).or_default() += 1;
    }
    page.push_str("\nIn fresh interpreters, they end so:\n\n| end | programs |\n| --- | ---: |\n");
    for (end, count) in counts {
        writeln!(page, "| {end} | {count} |").unwrap();
    }
    let most = programs.iter().zip(&runs[0]).max_by_key(|(_, outcome)| outcome.peak_kib);
    if let Some((program, outcome)) = most {
        writeln!(page, "\nMost host memory: {} MB, in `{}`.", outcome.peak_kib >> 10, program.name).unwrap();
    }
}

/// The published crate.
fn beside(page: &mut String, programs: &[Program], peer: &Peer) {
    page.push_str("\n## Beside the published crate\n\n");
    if peer.outcomes.is_empty() {
        page.push_str("Not measured: `benches/peers/build.sh` builds what runs it.\n");
        return;
    }
    write!(
        page,
        "{}, in a process for each program, with the same limits on memory and time. Left out are programs that need our\n\
         callbacks, our modules, a network policy or our layout of memory. A host *dies* when its process ends by a signal or\n\
         by an abort, *hangs* when it goes on for a minute past the limit. The programs are in docs/hostile.json.\n\n\
         | class | programs | host died | host hung | over {} MB | most host memory |\n\
         | --- | ---: | ---: | ---: | ---: | ---: |\n",
        peer.about,
        MOST_HOST_KIB >> 10
    )
    .unwrap();
    let mut all = [0; 4];
    for class in classes(programs) {
        let of_class: Vec<&PeerOutcome> = programs
            .iter()
            .filter(|program| program.class() == class)
            .filter_map(|program| peer.outcomes.get(&program.name))
            .collect();
        if of_class.is_empty() {
            continue;
        }
        let count = |is: &dyn Fn(&PeerOutcome) -> bool| of_class.iter().filter(|outcome| is(outcome)).count();
        let counts = [
            of_class.len(),
            count(&|outcome| outcome.end.starts_with("host died")),
            count(&|outcome| outcome.end == "host hung"),
            count(&|outcome| outcome.peak_kib > MOST_HOST_KIB),
        ];
        let [number, died, hung, over] = counts;
        let peak = of_class.iter().map(|outcome| outcome.peak_kib).max().unwrap_or_default() >> 10;
        writeln!(page, "| {class} | {number} | {died} | {hung} | {over} | {peak} MB |").unwrap();
        for (sum, count) in all.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let [number, died, hung, over] = all;
    writeln!(page, "| all | {number} | {died} | {hung} | {over} | |").unwrap();
}
