//! The escape suite: programs that attack the sandbox, each in a file that states its expected end.
//!
//! Every program runs in every [flavour](flavour::Flavour), in a process per flavour whose memory is
//! measured. After each one, a harmless program must work in the same environment. README.md beside this file
//! describes the format.
//!
//! `ERYX_HOSTILE_ONLY=memory/` runs only the programs whose names begin with that. `cargo eryx test --release
//! --workspace --test hostile -- --ignored write_the_page` writes `docs/hostile.md` from the last run of each
//! flavour.

#[path = "../common/mod.rs"]
mod common;

mod child;
mod flavour;
mod neighbours;
mod outcome;
mod page;
mod parent;
mod peer;
mod program;
mod untouched;

use std::path::Path;

use flavour::Flavour;
use parent::run;
use program::Program;

/// Returns the folder of the programs, which has a folder for each class.
fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile"))
}

/// Runs all programs in a flavour, and checks that each ends as expected.
#[track_caller]
fn check(flavour: Flavour) {
    let programs = Program::all(folder());
    let runs = run(flavour, &programs);
    page::keep(flavour, &programs, &runs.outcomes);
    let mut wrong = Vec::new();
    for (program, run) in programs.iter().zip(&runs.outcomes) {
        wrong.extend(run.problems(program).into_iter().map(|problem| format!("{}: {problem}", program.name)));
    }
    wrong.extend(runs.problems);
    let peak = runs.outcomes.iter().map(|outcome| outcome.peak_kib).max().unwrap_or_default();
    println!("{flavour}: {} programs, peak {} MB of host memory", programs.len(), peak >> 10);
    assert!(wrong.is_empty(), "{flavour}: {} problems\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn in_fresh_interpreters() {
    check(Flavour::Base);
}

#[test]
fn with_native_packages() {
    check(Flavour::Native);
}

#[test]
fn in_a_session_of_many() {
    check(Flavour::Session);
}

#[test]
fn in_restored_snapshots() {
    check(Flavour::Restored);
}

#[test]
fn in_memories_that_are_used_again() {
    check(Flavour::Reuse);
}

#[test]
fn there_are_many_programs_in_every_class() {
    let programs = Program::all(folder());
    assert!(programs.len() >= 250, "{}", programs.len());
    let page = std::fs::read_to_string(page::path()).unwrap();
    for class in program::classes(&programs) {
        assert!(page.contains(&format!("| {class} |")), "docs/hostile.md is old: it lacks the class {class}");
    }
}

/// Not a test: runs the programs of one flavour, in a separate process.
#[test]
#[ignore = "the other tests start it"]
fn child() {
    child::main();
}

/// Not a test: writes docs/hostile.md.
#[test]
#[ignore = "writes docs/hostile.md"]
fn write_the_page() {
    page::write(&Program::all(folder()));
}
