//! How long until Python runs: from nothing, from a filled store, and in a process that is up.
//!
//! ```sh
//! cargo bench -p startup-probe
//! ```
//!
//! It prints Markdown, ours beside a peer's in the same run: `pyeryx`, the published Python package of the rival. See
//! `benches/peers/README.md` for why that one.
//!
//! # Method
//!
//! Two programs do the same work in the same modes: `benches/startup-probe` and `benches/peers/pyeryx_probe.py`. Starts
//! of processes are timed from outside, from just before the spawn until the first line of output is read. Work in a
//! running process is timed inside it. All is interleaved, so that a busy minute of the machine hits everybody alike,
//! and medians are compared. Each program has a temp folder of its own, where both keep what they extract.

#[path = "startup/machine.rs"]
mod machine;
#[path = "startup/ours.rs"]
mod ours;
#[path = "startup/peer.rs"]
mod peer;
#[path = "startup/program.rs"]
mod program;
#[path = "startup/sample.rs"]
mod sample;

use std::error::Error;
use std::process::ExitCode;

use program::Program;
use sample::Sample;
use tempfile::TempDir;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Starts with an empty store. Each writes some 50 MB.
const COLD_STARTS: usize = 7;
/// Starts with a filled store.
const WARM_STARTS: usize = 31;
/// Processes per kind of work inside a running process, and executions in each of them.
const PROCESSES: usize = 7;
const EXECUTIONS: usize = 60;
/// Executions at the start of each such process that are not counted: its memory is not mapped yet.
const UNCOUNTED: usize = 10;

/// What is measured inside a running process: the probes' name for it, and ours for the table.
const INSIDE: [(&str, &str); 3] = [
    ("fresh", "fresh interpreter + `pass`, back to back"),
    ("anew", "the same, building the sandbox anew too"),
    ("session", "`x = 1` in a session"),
];

fn main() -> ExitCode {
    // `cargo test --all-targets` starts benches too, to see that they work, and then gives no `--bench`.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("startup: run me with `cargo bench -p startup-probe`");
        return ExitCode::SUCCESS;
    }
    match bench() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("startup: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench() -> Result<()> {
    let ours = ours::program()?;
    let (peer, python, no_peer) = match peer::program() {
        Ok((peer, python)) => (Some(peer), Some(python), None),
        Err(why) => (None, None, Some(why)),
    };
    let programs: Vec<&Program> = [Some(&ours), peer.as_ref()].into_iter().flatten().collect();

    let machine = machine::describe();
    let mut rows = Vec::new();
    eprintln!("{COLD_STARTS} cold starts each …");
    rows.push(("process start → first result, empty store", cold_starts(&programs)?));
    eprintln!("{WARM_STARTS} warm starts each …");
    let (starts, python_alone) = warm_starts(&programs, python.as_ref())?;
    rows.push(("process start → first result, filled store", starts));
    eprintln!("{PROCESSES} processes each with {EXECUTIONS} executions, in {} ways …", INSIDE.len());
    for (mode, name) in INSIDE {
        rows.push((name, executions(&programs, mode)?));
    }

    let names: Vec<String> = programs.iter().map(|program| program.about()).collect::<Result<_>>()?;
    println!("{machine}\n");
    for (program, name) in programs.iter().zip(&names) {
        println!("- {}: {name}", program.name);
    }
    println!("\n{}", table(&programs, &rows));
    if let Some(python) = python_alone {
        println!(
            "A start of pyeryx includes that of Python itself: `python -c 'print()'` took {python} in the same run."
        );
    }
    if let Some(why) = no_peer {
        println!("There is no peer beside it: {why}");
    }
    println!("Medians; in parentheses the range of the middle half of all runs.");
    Ok(())
}

/// The order in one round: turned around in every second one, so that nobody always goes after the same program.
fn in_turn(count: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |index| if round.is_multiple_of(2) { index } else { count - 1 - index })
}

fn cold_starts(programs: &[&Program]) -> Result<Vec<Sample>> {
    let mut samples = vec![Sample::default(); programs.len()];
    for round in 0..COLD_STARTS {
        for index in in_turn(programs.len(), round) {
            let temp_dir = TempDir::new()?;
            samples[index].push(programs[index].first_result(temp_dir.path())?);
        }
    }
    Ok(samples)
}

/// Samples of the programs, and of a bare Python.
fn warm_starts(programs: &[&Program], python: Option<&Program>) -> Result<(Vec<Sample>, Option<Sample>)> {
    let all: Vec<&Program> = programs.iter().copied().chain(python).collect();
    let temp_dirs: Vec<TempDir> = all.iter().map(|_| TempDir::new()).collect::<std::io::Result<_>>()?;
    let mut samples = vec![Sample::default(); all.len()];
    // The first round fills the stores.
    for round in 0..=WARM_STARTS {
        for index in in_turn(all.len(), round) {
            let time = all[index].first_result(temp_dirs[index].path())?;
            if round > 0 {
                samples[index].push(time);
            }
        }
    }
    let python = if python.is_some() { samples.pop() } else { None };
    Ok((samples, python))
}

fn executions(programs: &[&Program], mode: &str) -> Result<Vec<Sample>> {
    let temp_dirs: Vec<TempDir> = programs.iter().map(|_| TempDir::new()).collect::<std::io::Result<_>>()?;
    let mut samples = vec![Sample::default(); programs.len()];
    for round in 0..PROCESSES {
        for index in in_turn(programs.len(), round) {
            let times = programs[index].times(temp_dirs[index].path(), mode, UNCOUNTED + EXECUTIONS)?;
            samples[index].extend(times.into_iter().skip(UNCOUNTED));
        }
    }
    Ok(samples)
}

fn table(programs: &[&Program], rows: &[(&str, Vec<Sample>)]) -> String {
    let mut head = vec![String::new()];
    head.extend(programs.iter().map(|program| program.name.to_owned()));
    if programs.len() == 2 {
        head.push("ratio".to_owned());
    }
    let mut lines = vec![row(&head), row(&vec!["---".to_owned(); head.len()])];
    for (name, samples) in rows {
        let mut cells = vec![(*name).to_owned()];
        cells.extend(samples.iter().map(Sample::to_string));
        if let [ours, peer] = samples.as_slice() {
            cells.push(format!("{:.1}×", peer.median().as_secs_f64() / ours.median().as_secs_f64()));
        }
        lines.push(row(&cells));
    }
    lines.join("\n") + "\n"
}

fn row(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}
