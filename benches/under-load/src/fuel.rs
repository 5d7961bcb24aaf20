//! The cost of counting instructions: the same code in a bundle with fuel and in one without, in turns.

use std::time::{Duration, Instant};

use eryx::{Bundle, Limits, Sandbox, Session};

use crate::builder;
use crate::machine::quantile;

static COUNTING: Bundle = eryx::embed!(packages = [], imports = ["json", "re", "asyncio"], fuel = true);

const WORK: [(&str, &str); 5] = [
    ("loop", "total = 0\nfor number in range(200_000): total += number"),
    ("calls", "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(20)"),
    ("floats", "x = 0.0\nfor n in range(100_000): x = x * 0.99 + n"),
    ("json", "import json\nfor _ in range(100): json.loads(json.dumps({'a': [1, 2, {'b': 'c'}] * 20}))"),
    ("sorting", "import random\nsorted(random.Random(1).random() for _ in range(50_000))"),
];

/// Prints a table of ratios.
pub(crate) fn measure(rounds: usize) {
    let counting = Sandbox::builder()
        .with_bundle(&COUNTING)
        .with_limits(Limits::default().with_fuel(u64::MAX))
        .build()
        .expect("a sandbox");
    let mut plain = builder().build().expect("a sandbox").session_blocking().expect("a session");
    let mut counting = counting.session_blocking().expect("a session");
    println!("| code | without | counting | ratio |\n| --- | --- | --- | --- |");
    for (name, code) in WORK {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..rounds.max(1) {
            times[0].push(time(&mut plain, code));
            times[1].push(time(&mut counting, code));
        }
        let [without, with] = times.map(|mut times| {
            times.sort();
            quantile(&times, 50)
        });
        let ratio = with.as_secs_f64() / without.as_secs_f64();
        println!("| {name} | {without:.1?} | {with:.1?} | {ratio:.2} |");
    }
}

fn time(session: &mut Session, code: &str) -> Duration {
    let started = Instant::now();
    session.execute_blocking(code).expect("it runs");
    started.elapsed()
}
