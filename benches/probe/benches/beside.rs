//! Criterion benches against the published crate `eryx` 0.14: both sides are programs with the modes of the probes,
//! which time themselves; see `benches/peers`.
//!
//! ```sh
//! benches/peers/build.sh                    # once; without it, only our side runs
//! cargo bench -p probe --bench beside
//! ```

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(4));
    targets = sessions, callbacks, state
}
criterion_main!(benches);

/// Runs at the start of each process that do not count, because its memory is not mapped yet.
const UNCOUNTED: u64 = 10;

fn sessions(criterion: &mut Criterion) {
    beside(criterion, "session execute", "session", &["", "x = 1"]);
    beside(criterion, "fresh interpreter and execute", "fresh", &[]);
}

fn callbacks(criterion: &mut Criterion) {
    beside(criterion, "200 callback round trips", "callback", &["for _ in range(200): await noop()"]);
}

/// Measures a session with 1,000 dictionaries. The published crate pickles, and copies by snapshot and
/// restore.
fn state(criterion: &mut Criterion) {
    beside(criterion, "snapshot to bytes", "snapshot", &[]);
    beside(criterion, "restore from bytes", "restore", &[]);
    beside(criterion, "fork", "fork", &[]);
}

/// Measures one mode of both programs, in turns of criterion's samples.
fn beside(criterion: &mut Criterion, name: &str, mode: &str, arguments: &[&str]) {
    let mut group = criterion.benchmark_group(name);
    for (side, program) in
        [("eryx", Some(PathBuf::from(env!("CARGO_BIN_EXE_probe")))), ("crate eryx 0.14", published())]
    {
        let Some(program) = program else {
            eprintln!("{name}: the published crate is left out; benches/peers/build.sh builds its probe");
            continue;
        };
        group.bench_with_input(BenchmarkId::from_parameter(side), &program, |bencher, program| {
            bencher.iter_custom(|count| time(program, mode, count, arguments));
        });
    }
    group.finish();
}

/// Returns the total time of `count` runs.
fn time(program: &Path, mode: &str, count: u64, arguments: &[&str]) -> Duration {
    let mut command = Command::new(program);
    command.arg(mode).arg((count + UNCOUNTED).to_string()).args(arguments).env("ERYX_WARM_INSTANCES", "0");
    let output = command.output().expect("the probe runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("numbers");
    let times = text.lines().skip(UNCOUNTED as usize);
    times.map(|line| Duration::from_nanos(line.parse().expect("nanoseconds"))).sum()
}

/// Returns the path where `build.sh` puts the program.
fn published() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/target");
    let target = env::var_os("ERYX_PEERS_TARGET_DIR").map_or_else(default, PathBuf::from);
    let program = target.join("release/eryx-probe");
    program.is_file().then_some(program)
}
