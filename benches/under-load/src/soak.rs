//! Soak: mixed runs that end in every possible way, for a long time. It checks for leaks, panics and
//! unexpected outcomes.

mod work;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use self::work::{KINDS, World};
use crate::{machine, runtime};

/// Phases of a soak: after each, all users have ended, and memory is measured.
const PHASES: usize = 12;
/// Phases after which memory must be flat.
const WARM_UP: usize = 4;
/// The most that it may change after those.
const FLAT: f64 = 0.05;

/// Panics of any thread; tokio would swallow them.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// Resources of the process at some time.
#[derive(Debug, Clone, Copy)]
struct Look {
    at: Duration,
    resident: u64,
    threads: u64,
    handles: u64,
    mappings: u64,
}

impl Look {
    fn now(started: Instant) -> Self {
        Self {
            at: started.elapsed(),
            resident: machine::resident(),
            threads: machine::threads(),
            handles: machine::handles(),
            mappings: machine::mappings(),
        }
    }

    fn print(&self, runs: u64) {
        println!(
            "{:6.1} s  {runs:8} runs  {:7.1} MiB  {} threads  {} handles  {} mappings",
            self.at.as_secs_f64(),
            self.resident as f64 / 1024.0,
            self.threads,
            self.handles,
            self.mappings,
        );
    }
}

/// Runs for `seconds` with so many users at once. Each user does one thing after the other.
pub(crate) fn run(seconds: u64, users: usize) -> ExitCode {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        report(panic);
    }));

    let runtime = runtime();
    let world = Arc::new(World::new());
    let time = Duration::from_secs(seconds);
    let wrong = Arc::new(Mutex::new(Vec::new()));
    let counts: Arc<Vec<AtomicU64>> = Arc::new(KINDS.iter().map(|_| AtomicU64::new(0)).collect());

    // Run each kind once, so that long-lived threads and handles exist before the count.
    for (name, work) in KINDS {
        if let Err(error) = runtime.block_on(work(Arc::clone(&world))) {
            println!("{name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    let started = Instant::now();
    let first = Look::now(started);
    first.print(0);
    let total = |counts: &[AtomicU64]| counts.iter().map(|count| count.load(Ordering::Relaxed)).sum();
    // Memory is compared at rest, after each phase: while sixteen interpreters work, it varies by the memory
    // that they may have. The report also has the mean under load.
    let (mut at_rest, mut under_load) = (Vec::new(), Vec::new());
    for phase in 0..PHASES {
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for user in 0..users {
            let (world, counts, wrong, stop) =
                (Arc::clone(&world), Arc::clone(&counts), Arc::clone(&wrong), Arc::clone(&stop));
            let task = async move {
                let mut random = Random((phase * users + user) as u64 + 1);
                while !stop.load(Ordering::Relaxed) {
                    let kind = random.below(KINDS.len());
                    let (name, work) = KINDS[kind];
                    if let Err(error) = work(Arc::clone(&world)).await {
                        wrong.lock().expect("no panic").push(format!("{name}: {error}"));
                    }
                    counts[kind].fetch_add(1, Ordering::Relaxed);
                }
            };
            tasks.spawn_on(task, runtime.handle());
        }
        let until = started + time * (phase as u32 + 1) / PHASES as u32;
        let mut looks = Vec::new();
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
            looks.push(machine::resident());
        }
        stop.store(true, Ordering::Relaxed);
        while let Some(ended) = runtime.block_on(tasks.join_next()) {
            if let Err(error) = ended {
                wrong.lock().expect("no panic").push(error.to_string());
            }
        }
        // Background resets get time to finish.
        std::thread::sleep(Duration::from_millis(200));
        let look = Look::now(started);
        look.print(total(&counts));
        under_load.push(looks.iter().sum::<u64>() / looks.len().max(1) as u64);
        at_rest.push(look);
    }
    let last = Look::now(started);
    println!("\nall have ended");
    last.print(total(&counts));

    for ((name, _), count) in KINDS.iter().zip(counts.iter()) {
        println!("{:8}  {name}", count.load(Ordering::Relaxed));
    }
    println!("{:#?}", world.stats());
    let wrong = wrong.lock().expect("no panic");
    verdict(&at_rest, &under_load, first, last, &wrong, &world)
}

fn verdict(
    at_rest: &[Look],
    under_load: &[u64],
    first: Look,
    last: Look,
    wrong: &[String],
    world: &World,
) -> ExitCode {
    let mut bad: Vec<String> = wrong.iter().take(20).cloned().collect();
    let at_rest: Vec<u64> = at_rest.iter().map(|look| look.resident).collect();
    for (when, looks, counts) in [("at rest", at_rest.as_slice(), true), ("under load", under_load, false)] {
        let warm = &looks[WARM_UP..];
        let mean = |looks: &[u64]| looks.iter().sum::<u64>() as f64 / looks.len() as f64;
        let (before, after) = warm.split_at(warm.len() / 2);
        let change = mean(after) / mean(before) - 1.0;
        println!("memory {when}: {:+.1} % from the first half after warm-up to the second", change * 100.0);
        if counts && change.abs() > FLAT {
            bad.push(format!("memory {when} changed by {:+.1} %", change * 100.0));
        }
    }
    if last.threads > first.threads {
        bad.push(format!("{} threads at first, {} in the end", first.threads, last.threads));
    }
    if last.handles > first.handles {
        bad.push(format!("{} handles at first, {} in the end", first.handles, last.handles));
    }
    let panics = PANICS.load(Ordering::SeqCst);
    if panics > 0 {
        bad.push(format!("{panics} panics"));
    }
    let stats = world.stats();
    if stats.running + stats.live_sessions > 0 || world.slots.free() != world.slots.total() {
        bad.push(format!("some sessions are still alive: {stats:?}, {:?}", world.slots));
    }
    println!(
        "{panics} panics, threads {} → {}, handles {} → {}",
        first.threads, last.threads, first.handles, last.handles
    );
    for line in &bad {
        println!("WRONG: {line}");
    }
    println!("{}", if bad.is_empty() { "all is well" } else { "not well" });
    if bad.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Pseudo-random numbers (xorshift), the same in each soak.
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % count
    }
}
