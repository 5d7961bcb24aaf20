//! The lateness of time limits and cancellation, with many runs on two threads.

use std::time::{Duration, Instant};

use eryx::{CancelToken, Cause, Limits, Sandbox};
use tokio::task::JoinSet;

use crate::machine::quantile;
use crate::{builder, runtime};

const LIMIT: Duration = Duration::from_millis(50);
const HOUR: Duration = Duration::from_secs(3600);
const SPIN: &str = "while True: pass";
const SLEEP: &str = "import time\ntime.sleep(3600)";
const MATCH: &str = "import re\nre.match('(a+)+$', 'a' * 60 + 'b')";

/// Prints a table of lateness.
pub(crate) fn measure(runs: usize, rounds: usize) {
    println!(
        "{runs} runs at once on 2 threads, limits of {LIMIT:?}, {rounds} rounds; milliseconds past the limit\n"
    );
    println!("| measurement | least | half | 95 % | most |\n| --- | --- | --- | --- | --- |");
    let runtime = runtime();
    let wall = Limits::default().with_wall_time(LIMIT);
    let cpu = Limits::default().with_cpu_time(LIMIT).with_wall_time(HOUR);
    let repeat = |one: &mut dyn FnMut() -> Vec<Duration>| (0..rounds).flat_map(|_| one()).collect::<Vec<_>>();

    row("wall time, all spin", repeat(&mut || runtime.block_on(time_outs(wall, &[SPIN], runs))));
    row("wall time, fresh interpreters, all spin", repeat(&mut || runtime.block_on(fresh(wall, runs))));
    let mixed = [SPIN, SLEEP, MATCH];
    row("wall time, spin, sleep and match", repeat(&mut || runtime.block_on(time_outs(wall, &mixed, runs))));
    row("CPU time, all spin", repeat(&mut || runtime.block_on(time_outs(cpu, &[SPIN], runs))));
    row("one cancelled among them", repeat(&mut || runtime.block_on(cancelled(runs))));
    row("a timer of the host", repeat(&mut || runtime.block_on(host_timer(runs))));
}

fn row(what: &str, mut late: Vec<Duration>) {
    late.sort();
    let [least, half, most_of, most] =
        [0, 50, 95, 100].map(|part| format!("{:.2}", quantile(&late, part).as_secs_f64() * 1e3));
    println!("| {what} | {least} | {half} | {most_of} | {most} |");
}

/// Existing sessions run code until a limit stops it. The time is the caller's: from just before `execute`
/// until its future resolves. For CPU time it is the CPU time of the execution.
async fn time_outs(limits: Limits, codes: &[&'static str], runs: usize) -> Vec<Duration> {
    let mut tasks = JoinSet::new();
    let mut sessions = Vec::new();
    for number in 0..runs {
        let sandbox = builder().with_limits(limits).build().expect("a sandbox");
        let session = sandbox.session().await.expect("a session");
        sessions.push((sandbox, session, codes[number % codes.len()]));
    }
    for (sandbox, mut session, code) in sessions {
        tasks.spawn(async move {
            let started = Instant::now();
            let error = session.execute(code).await.expect_err("it never ends by itself");
            let wall = started.elapsed();
            let used = match error.failure().map(|failure| &failure.cause) {
                Some(Cause::WallTime(_)) => wall,
                Some(Cause::CpuTime(_)) => sandbox.stats().total_cpu_time,
                other => panic!("{other:?}"),
            };
            used.checked_sub(LIMIT).expect("not before its time")
        });
    }
    tasks.join_all().await
}

/// Measures runs with a new interpreter each, all started at once: the time of an execution begins when its
/// interpreter exists.
async fn fresh(limits: Limits, runs: usize) -> Vec<Duration> {
    let mut tasks = JoinSet::new();
    for _ in 0..runs {
        let sandbox = builder().with_limits(limits).build().expect("a sandbox");
        tasks.spawn(async move {
            let error = sandbox.execute(SPIN).await.expect_err("it never ends by itself");
            let failure = error.failure().expect("an execution").clone();
            assert_eq!(failure.cause, Cause::WallTime(LIMIT));
            failure.output.usage.wall_time.checked_sub(LIMIT).expect("not before its time")
        });
    }
    tasks.join_all().await
}

fn spinning(sandbox: &Sandbox, runs: usize) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..runs {
        let sandbox = sandbox.clone();
        tasks.spawn(async move {
            let _ = sandbox.execute(SPIN).await;
        });
    }
    tasks
}

/// Measures from `cancel` until the future of the cancelled execution resolves.
async fn cancelled(runs: usize) -> Vec<Duration> {
    let sandbox = builder().with_limits(Limits::default().with_wall_time(HOUR)).build().expect("a sandbox");
    let others = spinning(&sandbox, runs - 1);
    let mut late = Vec::new();
    for _ in 0..5 {
        let token = CancelToken::new();
        let mut session = sandbox.with_cancel(&token).session().await.expect("a session");
        let task = tokio::spawn(async move {
            let error = session.execute(SPIN).await.expect_err("it never ends by itself");
            (Instant::now(), error)
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        let started = Instant::now();
        token.cancel();
        let (ended, error) = task.await.expect("no panic");
        assert_eq!(error.failure().expect("an execution").cause, Cause::Cancelled);
        late.push(ended - started);
    }
    assert_eq!(others.len(), runs - 1, "the others go on");
    drop(others);
    late
}

/// Measures the lateness of a host timer on the threads that run the guests.
async fn host_timer(runs: usize) -> Vec<Duration> {
    let sandbox = builder().with_limits(Limits::default().with_wall_time(HOUR)).build().expect("a sandbox");
    let others = spinning(&sandbox, runs);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let timer = tokio::spawn(async {
        let mut late = Vec::new();
        for _ in 0..50 {
            let until = Instant::now() + Duration::from_millis(3);
            tokio::time::sleep_until(until.into()).await;
            late.push(until.elapsed());
        }
        late
    });
    let late = timer.await.expect("no panic");
    drop(others);
    late
}
