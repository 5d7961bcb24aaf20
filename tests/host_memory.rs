//! Host memory: no program makes its host hold more than the limits allow, for any data that it passes, and
//! passing data counts as its time.
//!
//! Each program runs in a separate process, and the kernel reports its peak of resident memory.

mod common;

use std::process::Command;
use std::time::{Duration, Instant};

use common::kit;
use eryx::SessionError;
use eryx::{CallbackError, Cause, Error, Limits, Output, Sandbox, Value};

/// Highest resident memory of the whole process with 128 MB for the guest and the default limits on the host,
/// in MB.
const MOST: u64 = 400;

/// Name, code and outcome: a part of the text that [`outcome`] writes. Empty if the limit that fires first
/// varies.
const PROGRAMS: [(&str, &str, &str); 17] = [
    ("a value of objects", "[{'': 0}] * 1_500_000", "HostMemory"),
    ("a value of lists", "[[0]] * 2_500_000", "HostMemory"),
    ("a value of empty objects", "[{}] * 2_500_000", "HostMemory"),
    ("a value of numbers", "[0] * 5_000_000", "HostMemory"),
    ("a value of text", "'x' * 30_000_000", "ok"),
    ("a value of more text", "'x' * 36_000_000", "HostMemory"),
    ("a variable", "x = [{'': 0}] * 1_500_000\nx", "HostMemory"),
    ("arguments of objects", "echo([{'': 0}] * 1_000_000)", "CallbackError"),
    (
        "arguments again and again",
        "n = 0\nfor _ in range(30):\n    try: echo([{'': 0}] * 1_000_000)\n    except RuntimeError: n += 1\nn",
        "ok 30",
    ),
    ("arguments of text", "echo('x' * 40_000_000)", ""),
    ("a name of 40 MB", "import _eryx\n_eryx.call('x' * 40_000_000, '{}')", ""),
    (
        "arguments in flight",
        "import _eryx\nt = '[\"' + 'x' * 12_000_000 + '\",{}]'\nn = 0\n\
         try:\n    for _ in range(30): _eryx.start('never', t); n += 1\nexcept RuntimeError: pass\nn",
        "ok 4",
    ),
    (
        "answers in flight that are never taken",
        "import _eryx, time\n_eryx.start('large', '[10,{}]')\n\
         for _ in range(200): _eryx.start('large', '[10,{}]')\ntime.sleep(1)",
        "ok",
    ),
    (
        "answers that were cancelled when they were there",
        "import _eryx, time\nfor _ in range(100):\n    n = _eryx.start('large', '[10,{}]')\n    time.sleep(0.01)\n    _eryx.cancel(n)",
        "ok",
    ),
    ("an exception of 60 MB", "raise ValueError('x' * 60_000_000)", "ValueError"),
    (
        "names of files",
        "n = 0\ntry:\n    for i in range(20_000):\n        open('/tmp/' + str(i).rjust(250, 'a'), 'w').close(); n += 1\n\
         except OSError: pass\nn",
        "ok",
    ),
    (
        "files that are open and have no name",
        "import os\nfs = []\ntry:\n    for i in range(100):\n        f = open('/tmp/u', 'wb', buffering=0); os.unlink('/tmp/u')\n        \
         f.write(b'x' * 2_000_000); fs.append(f)\nexcept OSError: pass\nlen(fs)",
        "ok",
    ),
];

fn sandbox(limits: Limits) -> Sandbox {
    let bundle = match std::env::var_os("ERYX_TEST_BUNDLE") {
        Some(path) => common::open(path),
        None => common::open(kit::bundle()),
    };
    Sandbox::builder()
        .with_bundle(&bundle)
        .with_limits(limits)
        .with_callback("echo", |value: Value| async { value })
        .with_callback("never", |value: Value| async move {
            std::future::pending::<()>().await;
            drop(value);
        })
        .with_callback("large", |megabytes: usize| async move { "x".repeat(megabytes * 1_000_000) })
        .with_callback("fails", |megabytes: usize| async move {
            Err::<(), _>(CallbackError::new("x".repeat(megabytes * 1_000_000)))
        })
        .build()
        .unwrap()
}

fn limits() -> Limits {
    Limits::default().with_memory(128_000_000).with_wall_time(Duration::from_secs(60))
}

fn outcome(result: Result<Output, Error>) -> String {
    let text = match result {
        Ok(output) => format!("ok {}", output.value.unwrap_or_default()),
        Err(Error::Execution(failure)) => format!("{:?}: {}", failure.cause, failure.cause),
        Err(error) => format!("{error:?}"),
    };
    text.chars().take(300).collect()
}

/// Returns the peak of this process, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024 / 1_000_000
}

/// The code that the processes of `no_program_brings_…` run.
#[test]
#[ignore = "another test runs it, in a separate process"]
fn child() {
    let Ok(code) = std::env::var("ERYX_TEST_PROGRAM") else { return };
    let sandbox = sandbox(limits());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let result = runtime.block_on(sandbox.execute(code));
    println!("\noutcome: {}\npeak: {}", outcome(result).replace('\n', " "), peak());
}

#[test]
fn no_program_brings_the_process_over_400_mb() {
    let mut wrong = Vec::new();
    for (name, code, ending) in PROGRAMS {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "child", "--ignored", "--nocapture"]);
        child.env("ERYX_TEST_PROGRAM", code).env("ERYX_TEST_BUNDLE", kit::bundle());
        let output = child.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let line = |what: &str| text.lines().find_map(|line| line.strip_prefix(what));
        let (Some(ended), Some(peak)) = (line("outcome: "), line("peak: ")) else {
            wrong.push(format!(
                "{name}: {} {text} {}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            ));
            continue;
        };
        println!("{peak:>5} MB  {name}: {}", &ended[..ended.len().min(100)]);
        if peak.parse::<u64>().unwrap() >= MOST || !ended.contains(ending) {
            wrong.push(format!("{name}: {peak} MB, {ended}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A value that takes seconds to read, with a limit on host memory that allows it: time counts during the
/// read, and other tasks continue.
#[test]
fn a_value_is_read_within_the_time_of_the_execution_and_others_go_on() {
    let limit = Duration::from_secs(2);
    let sandbox = sandbox(roomy(Limits::default().with_memory(256_000_000).with_wall_time(limit)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let others = tokio::spawn(async {
            let mut last = of_this_thread();
            loop {
                tokio::time::sleep(Duration::from_millis(1)).await;
                let now = of_this_thread();
                LONGEST.fetch_max(
                    now.saturating_sub(last).as_millis() as u64,
                    std::sync::atomic::Ordering::Relaxed,
                );
                last = now;
            }
        });
        let (started, worked) = (Instant::now(), of_this_thread());
        let result = sandbox.execute("[{'': 0}] * 4_500_000").await;
        let (took, worked, ended) =
            (started.elapsed(), of_this_thread().saturating_sub(worked), outcome(result));
        others.abort();
        // A fast machine reads it within the limit.
        assert!(took >= limit || ended.starts_with("ok"), "{took:?}: {ended}");
        let longest = LONGEST.load(std::sync::atomic::Ordering::Relaxed);
        // This measures the thread's own CPU time, because a busy machine may delay it for any time.
        assert!(worked < 2 * limit && longest < 1000, "{worked:?}, longest {longest} ms: {ended}");
    });
}

/// Returns the CPU time of the calling thread.
fn of_this_thread() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

static LONGEST: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

fn roomy(limits: Limits) -> Limits {
    limits.with_host_memory(8 << 30)
}

#[test]
fn a_thousand_answers_in_flight_arrive_whatever_their_total() {
    let sandbox = sandbox(limits().with_host_memory(4 << 20));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let code = "import asyncio\nasync def one(): return len(await large(1))\n\
                sum(await asyncio.gather(*(one() for _ in range(100))))";
    let output = runtime.block_on(sandbox.execute(code)).unwrap();
    assert_eq!(output.value, Some(100_000_000.into()));
}

#[test]
fn python_sees_what_does_not_fit_and_the_session_goes_on() {
    let limit = 4 << 20;
    let sandbox = sandbox(limits().with_host_memory(limit));
    let mut session = sandbox.session_blocking().unwrap();
    for code in [
        "large(5)",
        "await large(5)",
        "fails(5)",
        "await fails(5)",
        "echo([{}] * 200_000)",
        "await echo([{}] * 200_000)",
    ] {
        let code = format!(
            "import eryx\ntry:\n    {code}\nexcept eryx.CallbackError as error:\n    said = str(error)\nsaid"
        );
        let said = session.execute_blocking(code.as_str()).unwrap().value.unwrap().to_string();
        assert!(
            said.contains("4194304 bytes") && said.contains("Limits::with_host_memory"),
            "{code}: {said}"
        );
    }
    assert_eq!(session.execute_blocking("len(echo('x' * 1_000_000))").unwrap().value, Some(1_000_000.into()));
    // Unread answers of earlier executions take no room from this one.
    for _ in 0..10 {
        session
            .execute_blocking(
                "import _eryx, time\nfor _ in range(3): _eryx.start('large', '[1,{}]')\ntime.sleep(0.02)",
            )
            .unwrap();
    }
    assert_eq!(
        session.execute_blocking("while _eryx.wait(500_000_000): pass\nlen(large(3))").unwrap().value,
        Some(3_000_000.into())
    );

    for code in ["[{}] * 200_000", "'x' * 3_000_000", "_eryx.call('echo', 'x' * 3_000_000)"] {
        let mut session = sandbox.session_blocking().unwrap();
        session.execute_blocking("import _eryx").unwrap();
        let Err(Error::Execution(failure)) = session.execute_blocking(code) else {
            panic!("{code}: it fits")
        };
        assert_eq!(failure.cause, Cause::HostMemory(limit), "{code}");
        assert!(failure.to_string().contains("Limits::with_host_memory"), "{failure}");
        assert!(matches!(session.execute_blocking("1"), Err(Error::Session(SessionError::Ended))));
    }
    assert_eq!(sandbox.stats().host_memory, 3);
}
