//! The process that runs the programs of one flavour, one after the other.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use eryx::Output;
use serde::{Deserialize, Serialize};

use crate::flavour::{Flavour, Place};
use crate::neighbours::{CANARY, SECRET};
use crate::outcome::Outcome;
use crate::program::Program;
use crate::untouched::Listing;

/// The variable with the path of the work file.
pub(crate) const WORK: &str = "ERYX_HOSTILE_WORK";

/// The work.
#[derive(Serialize, Deserialize)]
pub(crate) struct Work {
    pub(crate) flavour: Flavour,
    /// File of the bundle.
    pub(crate) bundle: PathBuf,
    /// Names of the programs.
    pub(crate) programs: Vec<String>,
    /// Path for the report: one line of JSON per outcome.
    pub(crate) report: PathBuf,
    /// A file that no program may read.
    pub(crate) canary: String,
}

/// A line of the report.
#[derive(Serialize, Deserialize)]
pub(crate) enum Line {
    Begins(String),
    Ended(String, Box<Outcome>),
    /// A problem of the process as a whole.
    Problem(String),
}

/// Most memory with which the process continues with the next program.
const MOST_KEPT_KIB: u64 = 240 << 10;

/// Most additional descriptors at its end, compared with the time after the first programs: waiting memories,
/// for example.
const MORE_DESCRIPTORS: usize = 16;

pub(crate) fn main() {
    let Some(work) = std::env::var_os(WORK) else { return };
    let work: Work = serde_json::from_slice(&std::fs::read(work).unwrap()).unwrap();
    let mut report = OpenOptions::new().append(true).open(&work.report).unwrap();
    let bundle = crate::common::open(&work.bundle);
    let mut place = Place::new(work.flavour, bundle);
    let programs = Program::all(crate::folder());
    let mut before = None;
    for (index, name) in work.programs.iter().enumerate() {
        let program = programs.iter().find(|program| program.name == *name).unwrap();
        tell(&mut report, &Line::Begins(name.clone()));
        reset_peak();
        let start = Instant::now();
        let (result, mut broken) = place.run(program, &work.canary);
        broken.extend(leaked(&result));
        let mut outcome = Outcome::of(&result);
        drop(result);
        outcome.milliseconds = start.elapsed().as_millis().try_into().unwrap();
        outcome.peak_kib = memory_kib("VmHWM:");
        outcome.broken = broken;
        tell(&mut report, &Line::Ended(name.clone(), Box::new(outcome)));
        if index == 10 {
            before = Some(descriptors());
        }
        if memory_kib("VmRSS:") > MOST_KEPT_KIB {
            // Memory that the allocator keeps from this program would count as the next one's. The parent
            // starts another process.
            break;
        }
    }
    if let Some(before) = before
        && descriptors() > before + MORE_DESCRIPTORS
    {
        tell(&mut report, &Line::Problem(format!("{} open files, {before} at first", descriptors())));
    }
    if has_children() {
        tell(&mut report, &Line::Problem("a process was started".to_owned()));
    }
}

fn tell(report: &mut File, line: &Line) {
    let mut text = serde_json::to_string(line).unwrap();
    text.push('\n');
    report.write_all(text.as_bytes()).unwrap();
}

/// Finds secrets of the host in the result: if one is there, code has read it.
fn leaked(result: &eryx::Result<Output>) -> Option<String> {
    let (output, exception) = match result {
        Ok(output) => (output, None),
        Err(error) => {
            let failure = error.failure()?;
            (&failure.output, failure.exception())
        }
    };
    let mut texts = vec![&output.stdout, &output.stderr];
    texts.extend(output.unrepresentable.iter().map(|value| &value.repr));
    texts.extend(exception.iter().flat_map(|exception| [&exception.message, &exception.traceback]));
    let found = [CANARY, SECRET].into_iter().find(|secret| texts.iter().any(|text| text.contains(secret)))?;
    Some(format!("{found:?} is in the result"))
}

/// Whether any thread has started a process.
fn has_children() -> bool {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let mut children = tasks.map(|task| std::fs::read_to_string(task.path().join("children")));
    children.any(|children| children.is_ok_and(|children| !children.is_empty()))
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// Resets the kernel's peak.
fn reset_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// Returns the memory of the process, by its name in the kernel's status: the current amount, or the peak
/// since the reset.
fn memory_kib(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Lists the files that must not change while programs run: those in folders that the process knows, and the
/// system's settings.
pub(crate) fn watched(cage: &std::path::Path) -> Listing {
    Listing::of(&[cage, std::path::Path::new("/etc"), &crate::folder().join("../../src")])
}
