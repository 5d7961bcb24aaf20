//! The time that a pool of waiting interpreters would save: the cost of a fresh one, step by step.

use std::time::{Duration, Instant};

use eryx::Limits;

use crate::machine::quantile;
use crate::{builder, runtime};

/// Prints a table of times.
pub(crate) fn measure(count: usize) {
    let runtime = runtime();
    let sandbox = builder().with_limits(Limits::default()).build().expect("a sandbox");
    let mut parts: [Vec<Duration>; 4] = Default::default();
    runtime.block_on(async {
        for _ in 0..count {
            let started = Instant::now();
            let mut session = sandbox.session().await.expect("a session");
            let start = started.elapsed();
            let started = Instant::now();
            session.execute("x = 1").await.expect("it runs");
            let first = started.elapsed();
            let started = Instant::now();
            session.execute("x = 1").await.expect("it runs");
            let second = started.elapsed();
            let started = Instant::now();
            drop(session);
            for (times, time) in parts.iter_mut().zip([start, first, second, started.elapsed()]) {
                times.push(time);
            }
        }
    });
    let names = ["start", "first execution", "second execution", "drop"];
    println!("| part of a fresh interpreter | half | 95 % |\n| --- | --- | --- |");
    for (name, mut times) in names.into_iter().zip(parts) {
        times.sort();
        println!("| {name} | {:.1?} | {:.1?} |", quantile(&times, 50), quantile(&times, 95));
    }
}
