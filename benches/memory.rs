//! Compares ways to reset a memory after its session has ended, so that the next session begins from the start image.
//!
//! ```sh
//! cargo bench --bench memory
//! ```
//!
//! | way | effect |
//! | --- | --- |
//! | new | each session maps the image again; its written pages are unmapped |
//! | dropped | memories are reused; all pages are dropped, and fault in again |
//! | kept | memories are reused; written pages are found, and frequently written ones are copied back |
//!
//! All ways run in turns, so that a busy minute affects each alike; ratios of medians count.

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use common::kit;
use eryx::__private::{Reuse, set_reuse};
use eryx::Sandbox;

const WAYS: [(&str, Reuse); 3] = [("new", Reuse::Never), ("dropped", Reuse::Dropped), ("kept", Reuse::Kept)];
const ROUNDS: usize = 30;
const RUNS: usize = 40;

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("memory: run me with `cargo bench --bench memory`");
        return;
    }
    let bundle = common::open(kit::bundle());
    let sandbox = Sandbox::builder().with_bundle(&bundle).build().expect("the sandbox builds");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let mut session = sandbox.session_blocking().expect("a session");
    session.execute_blocking("x = 1").expect("it runs");
    let snapshot = session.snapshot_blocking().expect("a snapshot");

    println!(
        "| way | instantiate | fresh + `pass` | the same, with a pause | restore + `x` | minor faults |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    let mut samples = WAYS.map(|_| [const { Vec::new() }; 5]);
    for _ in 0..ROUNDS {
        for (samples, (_, reuse)) in samples.iter_mut().zip(WAYS) {
            set_reuse(&sandbox, reuse);
            runtime.block_on(async {
                for run in 0..RUNS {
                    let faults = faults_of_thread();
                    let started = Instant::now();
                    let mut session = sandbox.session().await.expect("a session");
                    let instantiated = started.elapsed();
                    session.execute("pass").await.expect("it runs");
                    drop(session);
                    let ended = started.elapsed();
                    // The first runs of a round may still find memories of the previous way.
                    if run >= RUNS / 2 {
                        samples[0].push(micros(instantiated));
                        samples[1].push(micros(ended));
                        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 faults")]
                        samples[4].push((faults_of_thread() - faults) as f64);
                    }
                }
                for run in 0..RUNS / 4 {
                    std::thread::sleep(Duration::from_millis(2));
                    let started = Instant::now();
                    sandbox.execute("pass").await.expect("it runs");
                    if run > 2 {
                        samples[2].push(micros(started.elapsed()));
                    }
                }
                for run in 0..RUNS / 4 {
                    let started = Instant::now();
                    let mut copy = sandbox.restore(&snapshot).await.expect("a copy");
                    copy.execute("x").await.expect("it runs");
                    drop(copy);
                    if run > 2 {
                        samples[3].push(micros(started.elapsed()));
                    }
                }
            });
        }
    }
    for ((name, _), samples) in WAYS.iter().zip(&mut samples) {
        let [instantiate, fresh, paused, restore, faults] = samples.each_mut().map(|samples| median(samples));
        println!(
            "| {name} | {instantiate:.0} us | {fresh:.0} us | {paused:.0} us | {restore:.0} us | {faults:.0} |"
        );
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn median(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Returns the minor page faults of this thread so far.
fn faults_of_thread() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("procfs is mounted");
    let (_, fields) = stat.rsplit_once(')').expect("the name is in parentheses");
    fields.split_ascii_whitespace().nth(7).and_then(|field| field.parse().ok()).expect("a number")
}
