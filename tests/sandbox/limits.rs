//! Limits, cancellation and slots, alone and under load, through the facade.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::common::kit::builder;
use crate::failure;
use eryx::{CancelToken, Cause, Error, Event, EventKind, Events, Limits, Sandbox, Slots};
use eryx::{ConfigError, SessionError};
use serde_json::json;

fn limited(limits: Limits) -> Sandbox {
    builder().with_limits(limits).build().unwrap()
}

/// Runs a future, and the tasks that it spawns, on two threads.
fn on_two_threads<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_time().build().unwrap().block_on(future)
}

const SPIN: &str = "while True: pass";
const SLEEP: &str = "import time\ntime.sleep(3600)";

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

// ---- time ----

#[test]
fn cpu_time_is_limited_and_waiting_is_not_counted() {
    let limit = milliseconds(100);
    let hour = Duration::from_secs(3600);
    let spin_on_the_host = || async {
        let until = Instant::now() + milliseconds(300);
        while Instant::now() < until {}
    };
    let sandbox = builder()
        .with_limits(Limits::default().with_cpu_time(limit).with_wall_time(hour))
        .with_callback("spin", spin_on_the_host)
        .build()
        .unwrap();
    let mut session = sandbox.session_blocking().unwrap();
    // Sleep and the work of callbacks, in both forms, do not count; and each execution begins at zero.
    let started = Instant::now();
    for code in [
        "import time\ntime.sleep(0.3)",
        "import eryx\neryx.call('spin')",
        "import _eryx\n_eryx.start('spin', '{}')\n_eryx.wait(None)\nNone",
    ] {
        session.execute_blocking(code).unwrap();
    }
    assert!(started.elapsed() > 3 * milliseconds(290));
    assert!(sandbox.stats().total_cpu_time < limit, "{:?}", sandbox.stats());
    let failure = failure(session.execute_blocking(SPIN));
    assert_eq!(failure.cause, Cause::CpuTime(limit));
    assert!(failure.output.usage.wall_time >= limit);
    let spent = sandbox.stats().total_cpu_time;
    assert!((limit..10 * limit).contains(&spent), "{spent:?}");
    assert!(matches!(session.execute_blocking("1"), Err(Error::Session(SessionError::Ended))));
}

/// A hundred runs with a limit of fifty milliseconds on two threads. No run may end early; the lateness of
/// the last depends on the machine, and `benches/under-load` measures it.
#[test]
fn a_hundred_time_outs_at_once_fire_after_their_time_and_touch_nobody() {
    on_two_threads(async {
        let limit = milliseconds(50);
        let sandbox = limited(Limits::default().with_wall_time(limit));
        let patient = limited(Limits::default());
        let work = "total = 0\nfor number in range(1_000_000): total += number\ntotal";
        let well: Vec<_> = (0..3)
            .map(|_| {
                let patient = patient.clone();
                tokio::spawn(async move { patient.execute(work).await })
            })
            .collect();
        let codes = [SPIN, SLEEP, "import re\nre.match('(a+)+$', 'a' * 60 + 'b')"];
        let runs: Vec<_> = (0..100)
            .map(|number| {
                let sandbox = sandbox.clone();
                tokio::spawn(async move { sandbox.execute(codes[number % codes.len()]).await })
            })
            .collect();
        for run in runs {
            let failure = failure(run.await.unwrap());
            assert_eq!(failure.cause, Cause::WallTime(limit));
            assert!(failure.output.usage.wall_time >= limit, "{:?}", failure.output.usage.wall_time);
        }
        for run in well {
            assert_eq!(run.await.unwrap().unwrap().value, Some(json!(499_999_500_000_u64)));
        }
        let stats = sandbox.stats();
        assert_eq!((stats.executions, stats.wall_time, stats.running, stats.live_sessions), (100, 100, 0, 0));
    });
}

// ---- cancellation ----

#[test]
fn a_token_stops_guest_code_sleep_and_callbacks() {
    on_two_threads(async {
        let sandbox = builder().with_callback("never", std::future::pending::<()>).build().unwrap();
        for code in [
            SPIN,
            SLEEP,
            "import eryx\neryx.call('never')",
            "import _eryx\n_eryx.start('never', '{}')\n_eryx.wait(None)",
            "try:\n    while True: pass\nexcept BaseException:\n    pass",
        ] {
            let token = CancelToken::new();
            let cancellable = sandbox.with_cancel(&CancelToken::new()).with_cancel(&token);
            let mut session = cancellable.session().await.unwrap();
            let run = tokio::spawn(async move { (session.execute(code).await, session) });
            tokio::time::sleep(milliseconds(50)).await;
            assert!(!run.is_finished(), "{code}");
            token.cancel();
            let (result, mut session) =
                tokio::time::timeout(milliseconds(60_000), run).await.unwrap().unwrap();
            assert_eq!(failure(result).cause, Cause::Cancelled, "{code}");
            assert!(matches!(session.execute("1").await, Err(Error::Session(SessionError::Ended))), "{code}");
            // Later work with the same token does not begin; the sandbox without the token continues.
            assert_eq!(failure(cancellable.execute("1").await).cause, Cause::Cancelled);
            assert_eq!(sandbox.execute("1").await.unwrap().value, Some(json!(1)));
        }
        assert_eq!(sandbox.stats().cancelled, 5);
    });
}

#[test]
fn cancelling_one_of_a_hundred_leaves_the_others_untouched() {
    on_two_threads(async {
        let (started, token) = (Arc::new(AtomicUsize::new(0)), CancelToken::new());
        let count = Arc::clone(&started);
        let starting = move || {
            count.fetch_add(1, Ordering::SeqCst);
            async {}
        };
        let sandbox = builder().with_callback("started", starting).build().unwrap();
        let code = "import eryx\neryx.call('started')\ntotal = 0\n\
                    for number in range(300_000): total += number\ntotal";
        let runs: Vec<_> = (0..99)
            .map(|_| {
                let sandbox = sandbox.clone();
                tokio::spawn(async move { sandbox.execute(code).await })
            })
            .collect();
        let one = sandbox.with_cancel(&token);
        let one =
            tokio::spawn(
                async move { one.execute("import eryx\neryx.call('started')\nwhile True: pass").await },
            );
        while started.load(Ordering::SeqCst) < 100 {
            tokio::time::sleep(milliseconds(1)).await;
        }
        token.cancel();
        assert_eq!(failure(one.await.unwrap()).cause, Cause::Cancelled);
        for run in runs {
            assert_eq!(run.await.unwrap().unwrap().value, Some(json!(44_999_850_000_u64)));
        }
        let stats = sandbox.stats();
        assert_eq!((stats.succeeded, stats.cancelled, stats.running), (99, 1, 0));
    });
}

#[test]
fn a_blocking_call_is_stopped_from_another_thread() {
    let token = CancelToken::new();
    let sandbox = builder().build().unwrap().with_cancel(&token);
    let thread = std::thread::spawn(move || sandbox.execute_blocking(SPIN));
    std::thread::sleep(milliseconds(50));
    token.cancel();
    assert_eq!(failure(thread.join().unwrap()).cause, Cause::Cancelled);
}

#[test]
fn a_dropped_execution_is_counted_as_one() {
    on_two_threads(async {
        let sandbox = builder().build().unwrap();
        let mut session = sandbox.session().await.unwrap();
        assert!(tokio::time::timeout(milliseconds(20), session.execute(SPIN)).await.is_err());
        let stats = sandbox.stats();
        assert_eq!((stats.dropped, stats.running, stats.live_sessions), (1, 0, 1));
        drop(session);
        assert_eq!((sandbox.stats().live_sessions, sandbox.stats().peak_live_sessions), (0, 1));
    });
}

// ---- slots ----

#[test]
fn as_many_live_as_there_are_slots() {
    on_two_threads(async {
        let slots = Slots::new(2);
        let sandboxes = [0, 1].map(|_| builder().with_slots(&slots).build().unwrap());
        let (one, other) = (sandboxes[0].session().await.unwrap(), sandboxes[1].session().await.unwrap());
        assert_eq!(slots.free(), 0);
        // An idle session keeps its slot, and so does one that has ended.
        let mut third = pin!(sandboxes[0].execute("6 * 7"));
        assert!(tokio::time::timeout(milliseconds(20), &mut third).await.is_err());
        assert_eq!(slots.waiting(), 1);
        // A caller can stop waiting.
        let token = CancelToken::new();
        let waiting = sandboxes[1].with_cancel(&token);
        let waiting = tokio::spawn(async move { waiting.execute("1").await });
        while slots.waiting() < 2 {
            tokio::time::sleep(milliseconds(1)).await;
        }
        token.cancel();
        assert_eq!(failure(waiting.await.unwrap()).cause, Cause::Cancelled);
        drop(one);
        assert_eq!(third.await.unwrap().value, Some(json!(42)));
        drop(other);
        assert_eq!((slots.free(), slots.waiting()), (2, 0));

        let runs: Vec<_> = (0..20)
            .map(|number| {
                let sandbox = sandboxes[number % 2].clone();
                tokio::spawn(async move { sandbox.execute("sum(range(10_000))").await })
            })
            .collect();
        for run in runs {
            run.await.unwrap().unwrap();
        }
        assert!(sandboxes.iter().all(|sandbox| sandbox.stats().peak_live_sessions <= 2));

        let busy = builder().with_slots(&Slots::new(1).with_queue(0)).build().unwrap();
        let _only = busy.session().await.unwrap();
        let error = busy.execute("1").await.unwrap_err();
        assert!(matches!(error, Error::Session(SessionError::Busy { slots: 1, waiting: 0 })), "{error:?}");
        assert!(error.to_string().contains("all 1 slots are taken"), "{error}");
    });
}

#[test]
fn a_slot_is_free_when_the_callbacks_in_flight_are_gone() {
    static HOLDS: AtomicBool = AtomicBool::new(false);
    static RELEASED: AtomicBool = AtomicBool::new(false);
    on_two_threads(async {
        let slots = Slots::new(1);
        // A callback that cannot be stopped at once: it holds its thread until the test releases it.
        let hold = || async {
            HOLDS.store(true, Ordering::SeqCst);
            while !RELEASED.load(Ordering::SeqCst) {
                std::thread::sleep(milliseconds(1));
            }
        };
        let token = CancelToken::new();
        let sandbox = builder().with_slots(&slots).with_callback("hold", hold).build().unwrap();
        let cancellable = sandbox.with_cancel(&token);
        let run = tokio::spawn(async move {
            cancellable.execute("import _eryx\n_eryx.start('hold', '{}')\nimport time\ntime.sleep(9)").await
        });
        while !HOLDS.load(Ordering::SeqCst) {
            tokio::time::sleep(milliseconds(1)).await;
        }
        token.cancel();
        assert_eq!(failure(run.await.unwrap()).cause, Cause::Cancelled);
        assert_eq!(slots.free(), 0, "the callback still runs");
        RELEASED.store(true, Ordering::SeqCst);
        assert_eq!(sandbox.execute("1").await.unwrap().value, Some(json!(1)));
        assert_eq!(slots.free(), 1);
    });
}

// ---- memory, callbacks ----

#[test]
fn memory_is_an_exception_first_and_the_end_for_who_goes_on_asking() {
    let limit = 96 << 20;
    let sandbox = limited(Limits::default().with_memory(limit));
    let mut session = sandbox.session_blocking().unwrap();
    let code = "refused = 0\nwhile refused < 100:\n    try: bytearray(200 << 20)\n    except MemoryError: refused += 1\nrefused";
    for _ in 0..2 {
        assert_eq!(session.execute_blocking(code).unwrap().value, Some(json!(100)));
    }
    let asking = "print('x')\nwhile True:\n    try: bytearray(200 << 20)\n    except MemoryError: pass";
    let failed = failure(session.execute_blocking(asking));
    assert_eq!(failed.cause, Cause::Memory(limit));
    assert_eq!(failed.output.stdout, "x\n");
    assert!(matches!(session.execute_blocking("1"), Err(Error::Session(SessionError::Ended))));
    assert_eq!(sandbox.stats().memory, 1);
    assert!(sandbox.stats().peak_memory <= limit as u64);
}

#[test]
fn callbacks_are_limited_by_number() {
    let sandbox = builder()
        .with_limits(Limits::default().with_callbacks(3))
        .with_callback("one", || async { 1 })
        .build()
        .unwrap();
    let mut session = sandbox.session_blocking().unwrap();
    let code = "import eryx\ncalls = 0\ntry:\n    while True: calls += eryx.call('one')\n\
                except eryx.CallbackError as error: message = str(error)\n[calls, message]";
    let expected = json!([3, "the host refused: the limit of 3 calls in one execution is reached"]);
    // The limit applies to one execution.
    for _ in 0..2 {
        assert_eq!(session.execute_blocking(code).unwrap().value, Some(expected.clone()));
    }
}

#[test]
fn table_elements_are_limited() {
    // Interpreted code cannot make a table grow, so this limit is smaller than the start image needs.
    let error = limited(Limits::default().with_table_elements(10)).execute_blocking("1").unwrap_err();
    assert!(matches!(error, Error::Engine(_)), "{error:?}");
}

#[test]
fn events_tell_where_code_is_and_no_more_often_than_wanted() {
    let seen = Arc::new(Mutex::new(Vec::<(Event, Instant)>::new()));
    let watch = |events| {
        seen.lock().unwrap().clear();
        let seen = Arc::clone(&seen);
        let handler = move |event: &Event| seen.lock().unwrap().push((event.clone(), Instant::now()));
        builder().with_events(events, handler).build().unwrap()
    };
    let code = "def double(x):\n    return 2 * x\n\nimport json\njson.dumps(double(21))";
    watch(Events::all().with_interval(Duration::ZERO)).execute_blocking(code).unwrap();
    let told: Vec<_> = seen.lock().unwrap().iter().map(|(event, _)| event.clone()).collect();
    assert!(told.iter().all(|event| event.file == "<execution 1>"), "{told:?}");
    let told: Vec<_> = told.iter().map(|event| (event.kind, event.function.as_str(), event.line)).collect();
    for expected in [
        (EventKind::Call, "<module>", 1),
        (EventKind::Line, "<module>", 4),
        (EventKind::Call, "double", 1),
        (EventKind::Line, "double", 2),
        (EventKind::Return, "double", 1),
    ] {
        assert!(told.contains(&expected), "no {expected:?} in {told:?}");
    }

    let interval = milliseconds(20);
    let code = "import time\nuntil = time.monotonic() + 0.3\nwhile time.monotonic() < until:\n    x = 1\n\
                import _eryx_settings\nfor _ in range(1000): _eryx_settings.report(0, 'f', 'g', 7)";
    let begun = Instant::now();
    watch(Events::lines().with_interval(interval)).execute_blocking(code).unwrap();
    let most = (begun.elapsed().as_millis() / interval.as_millis()) as usize + 2;
    let seen = seen.lock().unwrap();
    assert!((2..=most).contains(&seen.len()), "{} of at most {most}", seen.len());
    assert!(seen.iter().all(|(event, _)| event.kind == EventKind::Line));
}

#[test]
fn instructions_are_counted_and_the_count_is_the_same_each_time() {
    let path = crate::common::scratch().join("fuel.eryx");
    let project = crate::common::Project::new().declare("packages = []\nfuel = true\n");
    project.plugin(&["bundle", "-o", path.to_str().unwrap()]).succeeded();
    let inspected = project.plugin(&["inspect", path.to_str().unwrap()]).succeeded();
    assert!(inspected.stdout.contains("instructions are counted"), "{}", inspected.stdout);
    let bundle = crate::common::open(&path);
    assert!(bundle.manifest().unwrap().fuel);
    let code = "total = 0\nfor n in range(1_000_000): total += n\nprint('done')\ntotal";
    let with = |fuel| {
        let limits = Limits::default().with_fuel(fuel);
        Sandbox::builder().with_bundle(&bundle).with_limits(limits).build().unwrap().execute_blocking(code)
    };
    assert_eq!(failure(with(10_000_000)).cause, Cause::Fuel(10_000_000));
    // The smallest sufficient amount, to the instruction: found once, and valid every time.
    let (mut too_little, mut enough) = (10_000_000, 10_000_000_000);
    assert!(with(enough).is_ok());
    while enough - too_little > 1 {
        let middle = too_little.midpoint(enough);
        if with(middle).is_ok() { enough = middle } else { too_little = middle }
    }
    for _ in 0..5 {
        assert_eq!(with(enough).unwrap().value, Some(json!(499_999_500_000_u64)));
        assert_eq!(failure(with(too_little)).cause, Cause::Fuel(too_little));
    }
    // Both engines run side by side, with all other limits.
    let limits = Limits::default().with_fuel(u64::MAX).with_wall_time(milliseconds(100));
    let sandbox = Sandbox::builder().with_bundle(&bundle).with_limits(limits).build().unwrap();
    assert_eq!(failure(sandbox.execute_blocking(SPIN)).cause, Cause::WallTime(milliseconds(100)));
    assert!(builder().build().unwrap().execute_blocking("1").is_ok());
}

#[test]
fn instructions_need_a_bundle_that_counts_them() {
    let error = builder().with_limits(Limits::default().with_fuel(1_000_000)).build().unwrap_err();
    assert!(matches!(error, Error::Config(ConfigError::NoFuel)), "{error:?}");
    assert!(error.to_string().contains("declare `fuel = true`"), "{error}");
}
