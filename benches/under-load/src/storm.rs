//! Storm: a counted number of executions, some of which fail on purpose. Each has a number that must come
//! back on every way out. It checks that no execution is lost, and that each gets its own answer.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eryx::{CancelToken, Cause, Error, Limits, Sandbox, Value};
use tokio::task::JoinSet;

use crate::{builder, machine, runtime};

/// One execution in so many fails on purpose.
const ONE_FAILS_IN: u64 = 40;
/// How often memory is measured.
const LOOKS: usize = 20;
/// How much memory at rest may change from the second quarter to the last one.
const FLAT: f64 = 0.05;

/// Checks the end of an execution.
type IsExpected = fn(&Cause) -> bool;

/// Code that fails after it has used its number.
const FAILURES: [(&str, IsExpected); 7] = [
    ("1 / 0", |cause| matches!(cause, Cause::Exception(_))),
    ("import os\nos.abort()", |cause| matches!(cause, Cause::Crash(_))),
    ("import os\nos._exit(1)", |cause| *cause == Cause::Exit),
    ("x = bytearray(300 << 20)", |cause| matches!(cause, Cause::Exception(_) | Cause::Memory(_))),
    ("while True: print(number * 99)", |cause| matches!(cause, Cause::OutputLimit(_))),
    ("import sys\nsys.setrecursionlimit(10**8)\ndef f(x): return sorted([x], key=f)\nf(1)", |cause| {
        matches!(cause, Cause::Exception(_) | Cause::Crash(_) | Cause::Memory(_))
    }),
    ("while True: pass", |cause| matches!(cause, Cause::WallTime(_))),
];

struct Storm {
    patient: Sandbox,
    impatient: Sandbox,
    next: AtomicU64,
    ended: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
    dropped: AtomicU64,
    wrong: Mutex<Vec<String>>,
}

/// Returns code that sends the number back in four ways: as text, a callback's answer, a value and output.
fn code(number: u64) -> String {
    format!(
        "import eryx\nnumber = '{number}-{number}'\nprint(number)\n[number, eryx.call('echo', number=number)]"
    )
}

impl Storm {
    async fn run_one(&self, number: u64) -> Result<(), String> {
        let text = format!("{number}-{number}");
        if number.is_multiple_of(ONE_FAILS_IN) {
            return self.fail_one(number, &text).await;
        }
        let output =
            self.patient.execute(code(number)).await.map_err(|error| format!("{number}: {error}"))?;
        if output.value != Some(Value::from(vec![text.clone(), text.clone()]))
            || output.stdout != format!("{text}\n")
        {
            return Err(format!("{number}: {output:?}"));
        }
        Ok(())
    }

    async fn fail_one(&self, number: u64, text: &str) -> Result<(), String> {
        match number / ONE_FAILS_IN % 16 {
            0 => {
                let token = CancelToken::new();
                let sandbox = self.patient.with_cancel(&token);
                let endless = format!("{}\nwhile True: pass", code(number));
                let cancel = tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    token.cancel();
                });
                let ended = sandbox.execute(endless).await;
                cancel.await.map_err(|error| error.to_string())?;
                self.cancelled.fetch_add(1, Ordering::Relaxed);
                match ended {
                    Err(Error::Execution(failure)) if failure.cause == Cause::Cancelled => Ok(()),
                    other => Err(format!("{number} was cancelled: {other:?}")),
                }
            }
            1 => {
                let endless = format!("{}\nwhile True: pass", code(number));
                let running = self.patient.execute(endless);
                self.dropped.fetch_add(1, Ordering::Relaxed);
                match tokio::time::timeout(Duration::from_millis(2), running).await {
                    Err(_) => Ok(()),
                    Ok(ended) => Err(format!("{number} was dropped: {ended:?}")),
                }
            }
            kind => {
                let (bad, expected) = FAILURES[kind as usize % FAILURES.len()];
                let impatient = bad.ends_with("pass");
                let sandbox = if impatient { &self.impatient } else { &self.patient };
                let code = format!("number = '{text}'\nprint(number)\n{bad}");
                self.failed.fetch_add(1, Ordering::Relaxed);
                match sandbox.execute(code).await {
                    // The time limit may fire before the first line of output.
                    Err(Error::Execution(failure))
                        if expected(&failure.cause)
                            && (impatient || failure.output.stdout.starts_with(text)) =>
                    {
                        Ok(())
                    }
                    other => Err(format!("{number} failed: {other:?}")),
                }
            }
        }
    }
}

/// Runs `count` executions with so many users at once.
pub(crate) fn run(count: u64, users: usize) -> ExitCode {
    let limits =
        Limits::default().with_memory(128 << 20).with_output(50_000).with_wall_time(Duration::from_secs(600));
    let build = |limits| {
        let echo = |arguments: Value| async move { Ok::<_, String>(arguments["number"].clone()) };
        builder().with_limits(limits).with_callback("echo", echo).build().expect("a sandbox")
    };
    let storm = Arc::new(Storm {
        patient: build(limits),
        impatient: build(limits.with_wall_time(Duration::from_millis(15))),
        next: AtomicU64::new(0),
        ended: AtomicU64::new(0),
        failed: AtomicU64::new(0),
        cancelled: AtomicU64::new(0),
        dropped: AtomicU64::new(0),
        wrong: Mutex::default(),
    });
    let runtime = runtime();
    let started = Instant::now();
    let mut at_rest = Vec::new();
    for look in 1..=LOOKS as u64 {
        let until = count * look / LOOKS as u64;
        let mut tasks = JoinSet::new();
        for _ in 0..users {
            let storm = Arc::clone(&storm);
            let task = async move {
                loop {
                    let number = storm.next.fetch_add(1, Ordering::Relaxed);
                    if number >= until {
                        break;
                    }
                    let result = storm.run_one(number).await;
                    storm.ended.fetch_add(1, Ordering::Relaxed);
                    if let Err(error) = result {
                        storm.wrong.lock().expect("no panic").push(error.chars().take(500).collect());
                    }
                }
            };
            tasks.spawn_on(task, runtime.handle());
        }
        while let Some(ended) = runtime.block_on(tasks.join_next()) {
            if let Err(error) = ended {
                storm.wrong.lock().expect("no panic").push(error.to_string());
            }
        }
        // Each user took one number more than it used.
        storm.next.store(until, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(200));
        at_rest.push(machine::resident());
        println!("{until:8} executions, {:7.1} MiB", machine::resident() as f64 / 1024.0);
    }
    verdict(&storm, count, &at_rest, started.elapsed())
}

fn verdict(storm: &Storm, count: u64, at_rest: &[u64], time: Duration) -> ExitCode {
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let mut bad = storm.wrong.lock().expect("no panic").clone();
    let ended = load(&storm.ended);
    if ended != count {
        bad.push(format!("{ended} of {count} executions ended"));
    }
    let stats = [storm.patient.stats(), storm.impatient.stats()];
    if stats.iter().any(|stats| stats.running + stats.live_sessions > 0) {
        bad.push(format!("some sessions are still alive: {stats:?}"));
    }
    let mean = |looks: &[u64]| looks.iter().sum::<u64>() as f64 / looks.len() as f64;
    let quarter = at_rest.len() / 4;
    let change = mean(&at_rest[3 * quarter..]) / mean(&at_rest[quarter..2 * quarter]) - 1.0;
    if change.abs() > FLAT {
        bad.push(format!("memory at rest changed by {:+.1} %", change * 100.0));
    }
    println!(
        "{ended} executions in {:.1} s; on purpose {} failed, {} were cancelled, {} were dropped; memory at rest \
         {:+.1} % from the second quarter to the last; {} wrong",
        time.as_secs_f64(),
        load(&storm.failed),
        load(&storm.cancelled),
        load(&storm.dropped),
        change * 100.0,
        bad.len(),
    );
    for line in bad.iter().take(20) {
        println!("WRONG: {line}");
    }
    if bad.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
