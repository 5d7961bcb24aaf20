//! Criterion benches of operations that a running program waits for; `benches/figures` compares them with the peers.
//!
//! ```sh
//! cargo bench -p probe --bench runtime
//! ```

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use eryx::{Bundle, Sandbox, Session, Snapshot};

static PYTHON: Bundle = eryx::embed!(packages = []);

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    targets = starts, fresh, sessions, snapshots, callbacks, streams
}
criterion_main!(benches);

fn sandbox() -> Sandbox {
    Sandbox::builder().with_bundle(&PYTHON).build().expect("a sandbox")
}

fn session(sandbox: &Sandbox) -> Session {
    let mut session = sandbox.session_blocking().expect("a session");
    session.execute_blocking("pass").expect("pass");
    session
}

/// Measures processes: start, extraction if needed, first result, end.
fn starts(criterion: &mut Criterion) {
    let run = |folder: &Path| {
        let mut probe = Command::new(env!("CARGO_BIN_EXE_probe"));
        probe.arg("first").env("TMPDIR", folder).env_remove("ERYX_STORE_DIR").stdout(Stdio::null());
        assert!(probe.status().expect("the probe runs").success());
    };
    let mut group = criterion.benchmark_group("process");
    group.sample_size(10);
    let filled = tempfile::tempdir().expect("a folder");
    group.bench_function("filled store", |bencher| bencher.iter(|| run(filled.path())));
    let folder = || tempfile::tempdir().expect("a folder");
    group.bench_function("empty store", |bencher| {
        bencher.iter_batched(folder, |folder| (run(folder.path()), folder), BatchSize::PerIteration);
    });
    group.finish();
}

fn fresh(criterion: &mut Criterion) {
    let sandbox = sandbox();
    let mut group = criterion.benchmark_group("fresh");
    group.bench_function("instantiate", |bencher| {
        bencher.iter_with_large_drop(|| sandbox.session_blocking().expect("a session"));
    });
    group.bench_function("pass", |bencher| bencher.iter(|| sandbox.execute_blocking("pass").expect("pass")));
    group.throughput(Throughput::Elements(1));
    group.bench_function("pass, two threads", |bencher| {
        bencher.iter_custom(|count| {
            let half = |count: u64| {
                for _ in 0..count {
                    sandbox.execute_blocking("pass").expect("pass");
                }
            };
            let start = Instant::now();
            thread::scope(|scope| {
                scope.spawn(|| half(count / 2));
                half(count - count / 2);
            });
            start.elapsed()
        });
    });
    group.finish();
}

fn sessions(criterion: &mut Criterion) {
    let mut session = session(&sandbox());
    let mut group = criterion.benchmark_group("session");
    group.bench_function("x = 1", |bencher| bencher.iter(|| session.execute_blocking("x = 1").expect("x")));
    // The text is never the same twice.
    let mut number = 0_u64;
    group.bench_function("x = <new number>", |bencher| {
        bencher.iter(|| {
            number += 1;
            session.execute_blocking(format!("x = {number}")).expect("x")
        });
    });
    group.finish();
}

/// Measures a session with 1,000 dictionaries.
fn snapshots(criterion: &mut Criterion) {
    let sandbox = sandbox();
    let mut session = session(&sandbox);
    let state = "rows = [{'id': i, 'name': f'row {i}', 'tags': ['a', 'b']} for i in range(1000)]";
    session.execute_blocking(state).expect("the rows");
    let snapshot = session.snapshot_blocking().expect("a snapshot");
    let bytes = snapshot.to_bytes().expect("bytes");
    let mut group = criterion.benchmark_group("state");
    group.bench_function("snapshot", |bencher| {
        bencher.iter(|| session.snapshot_blocking().expect("a snapshot"));
    });
    group.bench_function("snapshot to bytes", |bencher| bencher.iter(|| snapshot.to_bytes().expect("bytes")));
    group.bench_function("restore", |bencher| {
        bencher.iter(|| {
            sandbox
                .restore_blocking(&snapshot)
                .expect("a session")
                .execute_blocking("len(rows)")
                .expect("rows")
        });
    });
    group.bench_function("restore from bytes", |bencher| {
        bencher.iter(|| {
            let snapshot = Snapshot::from_bytes(&bytes).expect("the snapshot");
            sandbox
                .restore_blocking(&snapshot)
                .expect("a session")
                .execute_blocking("len(rows)")
                .expect("rows")
        });
    });
    group.bench_function("fork", |bencher| {
        bencher
            .iter(|| session.fork_blocking().expect("a fork").execute_blocking("len(rows)").expect("rows"));
    });
    group.finish();
}

/// Calls in one execution.
const CALLS: u64 = 200;

fn callbacks(criterion: &mut Criterion) {
    let sandbox = Sandbox::builder()
        .with_bundle(&PYTHON)
        .with_callback("noop", || async {})
        .build()
        .expect("a sandbox");
    let mut session = session(&sandbox);
    let mut group = criterion.benchmark_group("callback");
    group.throughput(Throughput::Elements(CALLS));
    let gathered = "import asyncio\nfor _ in range(20): await asyncio.gather(*(noop() for _ in range(10)))";
    for (name, code) in [
        ("200 plain calls", "for _ in range(200): noop()"),
        ("200 awaited calls", "for _ in range(200): await noop()"),
        ("200 calls, ten at a time", gathered),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| session.execute_blocking(code).expect("calls"));
        });
    }
    group.finish();
}

fn streams(criterion: &mut Criterion) {
    let sandbox = Sandbox::builder().with_bundle(&PYTHON).with_output(|_, _| {}).build().expect("a sandbox");
    let mut session = session(&sandbox);
    let mut group = criterion.benchmark_group("stream");
    group.throughput(Throughput::Bytes(100_000));
    group.bench_function("1,000 lines of 100 bytes", |bencher| {
        let code = "for _ in range(1000): print('x' * 99)";
        bencher.iter(|| session.execute_blocking(code).expect("output"));
    });
    group.finish();
}
