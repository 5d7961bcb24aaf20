//! Abilities and restrictions of code in a sandbox, through the facade.

use std::net::TcpListener;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::SOON;
use crate::common::kit::{self, builder};
use crate::failure;
use eryx::{Cause, Error, Failure, Limits, Output, Sandbox, Session, Stdio, Value};
use eryx::{ConfigError, SessionError};
use serde_json::json;

fn sandbox() -> Sandbox {
    builder().build().unwrap()
}

fn limited(limits: Limits) -> Sandbox {
    builder().with_limits(limits).build().unwrap()
}

/// Runs code in a fresh interpreter.
#[track_caller]
fn run(code: &str) -> Output {
    sandbox().execute_blocking(code).unwrap_or_else(|error| panic!("{error}\n{error:?}"))
}

/// Returns the value of code in a fresh interpreter.
#[track_caller]
fn value(code: &str) -> Value {
    run(code).value.expect("the code has a value")
}

/// Returns the failure of code.
#[track_caller]
fn fail(code: &str) -> Failure {
    failure(sandbox().execute_blocking(code))
}

fn session(sandbox: &Sandbox) -> Session {
    sandbox.session_blocking().unwrap()
}

// ---- results ----

#[test]
fn output_and_value() {
    let output = run("import sys\nprint('out')\nprint('err', file=sys.stderr)\n{'a': [1, 2.5, None, 'ü']}");
    assert_eq!(output.stdout, "out\n");
    assert_eq!(output.stderr, "err\n");
    assert_eq!(output.value, Some(json!({"a": [1, 2.5, null, "ü"]})));
    assert_eq!(run("x = 1").value, None);
    assert_eq!(run("None").value, None);
    assert_eq!(run("object()").value, None);
    assert_eq!(run("").value, None);
}

#[test]
fn packages_and_own_modules_are_there() {
    assert_eq!(value("import kit, mine\nmine.twice(kit.ANSWER)"), 84);
    assert_eq!(
        value("import importlib.resources as r\nr.files('kit').joinpath('data/words.txt').read_text()"),
        "some words\n"
    );
    assert_eq!(
        value("import importlib.metadata as m\n[m.version('kit'), m.metadata('kit')['License-Expression']]"),
        json!(["1.0", "MIT"])
    );
}

#[test]
fn writes_to_descriptors_are_captured_in_order() {
    let code = "import os, sys\nprint('1')\nos.write(1, b'2\\n')\nprint('3')\n\
                os.write(2, b'e1\\n')\nprint('e2', file=sys.stderr)\nsys.stdout.write('4')\nNone";
    let output = run(code);
    assert_eq!(output.stdout, "1\n2\n3\n4");
    assert_eq!(output.stderr, "e1\ne2\n");
}

#[test]
fn output_is_handed_on_as_it_is_produced() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let handler = move |to: Stdio, bytes: &[u8]| {
        log.lock().unwrap().push((to, String::from_utf8(bytes.to_vec()).unwrap()));
    };
    let sandbox = builder().with_output(handler).build().unwrap();
    let output = sandbox.execute_blocking("import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')");
    assert_eq!(output.unwrap().stdout, "a\nc\n");
    let expected = [(Stdio::Stdout, "a\n"), (Stdio::Stderr, "b\n"), (Stdio::Stdout, "c\n")];
    assert_eq!(*seen.lock().unwrap(), expected.map(|(to, text)| (to, text.to_owned())));
}

#[test]
fn exceptions_have_a_traceback_with_source_lines() {
    let failure = fail("print('before')\ndef f():\n    raise ValueError('bad')\n\nf()");
    assert_eq!(failure.output.stdout, "before\n");
    let exception = failure.exception().unwrap();
    assert_eq!((exception.kind.as_str(), exception.message.as_str()), ("ValueError", "bad"));
    assert_eq!(exception.exit_code, None);
    let lines: Vec<&str> = exception.traceback.lines().collect();
    assert_eq!(
        lines,
        [
            "Traceback (most recent call last):",
            "  File \"<execution 1>\", line 5, in <module>",
            "    f()",
            "    ~^^",
            "  File \"<execution 1>\", line 3, in f",
            "    raise ValueError('bad')",
            "ValueError: bad",
        ]
    );

    let inside = fail("import kit.trouble\nkit.trouble.find()");
    let traceback = &inside.exception().unwrap().traceback;
    assert!(traceback.contains("kit/trouble.py\", line 2, in find\n    raise LookupError("), "{traceback}");

    let syntax = fail("print('never')\nx = (");
    assert_eq!(syntax.exception().unwrap().kind, "SyntaxError");
    assert_eq!(syntax.output.stdout, "");
    assert_eq!(
        fail("import json\njson.loads('{')").exception().unwrap().kind,
        "json.decoder.JSONDecodeError"
    );
}

#[test]
fn exit_codes() {
    assert_eq!(run("import sys\nprint('x')\nsys.exit()").stdout, "x\n");
    assert_eq!(run("raise SystemExit(0)").value, None);
    for (code, status) in [("3", 3), ("True", 1), ("-1", -1), ("2**32 + 5", 5)] {
        let failure = fail(&format!("import sys\nprint('x')\nsys.exit({code})"));
        assert_eq!(failure.exception().unwrap().exit_code, Some(status), "{code}");
        assert_eq!(failure.exception().unwrap().kind, "SystemExit");
        assert_eq!(failure.output.stdout, "x\n");
    }
    let failure = fail("import sys\nsys.exit('that is all')");
    assert_eq!(failure.exception().unwrap().exit_code, Some(1));
    assert_eq!(failure.output.stderr, "that is all\n");
}

// ---- sessions ----

#[test]
fn a_session_keeps_its_state_until_it_is_reset() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut session = sandbox().session().await.unwrap();
        session.execute("import kit\nx = 20\ndef f(): return x + 1").await.unwrap();
        assert_eq!(session.execute("f()").await.unwrap().value, Some(json!(21)));
        // An exception ends the execution, not the session; and output belongs to one execution.
        assert_eq!(failure(session.execute("print('a'); 1 / 0").await).output.stdout, "a\n");
        let traceback = failure(session.execute("f(1)").await).exception().unwrap().traceback.clone();
        assert!(traceback.contains("\"<execution 4>\", line 1, in <module>\n    f(1)"), "{traceback}");
        let output = session.execute("x").await.unwrap();
        assert_eq!((output.stdout.as_str(), output.value), ("", Some(json!(20))));
    });
}

#[test]
fn reset_forgets_names() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut session = sandbox().session().await.unwrap();
        session.execute("x = 20\nimport kit").await.unwrap();
        session.reset().await.unwrap();
        let failure = failure(session.execute("x").await);
        assert_eq!(failure.exception().unwrap().kind, "NameError");
        let names = session.execute("sorted(name for name in dir() if name[0] != '_')").await.unwrap();
        assert_eq!(names.value, Some(json!([])));
        assert_eq!(session.execute("__name__").await.unwrap().value, Some(json!("__main__")));
    });
}

#[test]
fn sandboxes_are_isolated() {
    let sandbox = sandbox();
    let (mut one, mut other) = (session(&sandbox), session(&sandbox));
    let patch = "import builtins, json, kit, os, sys\nbuiltins.len = lambda _: -1\n\
                 json.dumps = None\nkit.ANSWER = 'stolen'\nsys.modules['evil'] = kit\nos.environ['A'] = 'B'\nlen('')";
    one.execute_blocking(patch).unwrap();
    let look = "import json, kit, os, sys\n[len('ab'), json.dumps([1]), kit.ANSWER, 'evil' in sys.modules, 'A' in os.environ]";
    let clean = Some(json!([2, "[1]", 42, false, false]));
    assert_eq!(other.execute_blocking(look).unwrap().value, clean);
    drop(one);
    assert_eq!(sandbox.execute_blocking(look).unwrap().value, clean);
}

// ---- randomness ----

const DRAW: &str = "import random, os, uuid, secrets, tempfile\n\
                    [random.random(), os.urandom(8).hex(), str(uuid.uuid4()), secrets.token_hex(8)]";

#[test]
fn every_sandbox_draws_its_own_numbers() {
    let (one, other) = (value(DRAW), value(DRAW));
    for (one, other) in one.as_array().unwrap().iter().zip(other.as_array().unwrap()) {
        assert_ne!(one, other);
    }
}

#[test]
fn every_process_draws_its_own_numbers_and_has_the_same_hash_of_text() {
    let project = kit::project();
    let process = || {
        let code = "import random; print(random.random(), hash('abc'))";
        let output = project.plugin(&["run", "-c", code]).succeeded();
        let (number, hash) = output.stdout.trim_end().split_once(' ').unwrap();
        (number.to_owned(), hash.to_owned())
    };
    let (one, other) = (process(), process());
    assert_ne!(one.0, other.0);
    assert_eq!(one.1, other.1);
    assert_eq!(value("str(hash('abc'))"), one.1.as_str());
}

// ---- limits ----

#[test]
fn wall_time_is_limited_while_spinning_and_while_sleeping() {
    let limit = SOON;
    let sandbox = limited(Limits::default().with_wall_time(limit));
    for code in [
        "print('x')\nwhile True: pass",
        "print('x')\nimport time\ntime.sleep(3600)",
        "print('x')\nimport re\nre.match('(a+)+$', 'a' * 60 + 'b')",
        "print('x')\ntry:\n    while True: pass\nfinally:\n    print('never')",
    ] {
        let mut session = session(&sandbox);
        let failure = failure(session.execute_blocking(code));
        assert_eq!(failure.cause, Cause::WallTime(limit), "{code}");
        assert_eq!(failure.output.stdout, "x\n", "{code}");
        assert!(matches!(session.execute_blocking("1"), Err(Error::Session(SessionError::Ended))), "{code}");
    }
    // The limit is for one execution, not for the session.
    let mut session = session(&sandbox);
    for _ in 0..4 {
        session.execute_blocking("import time\ntime.sleep(0.8)").unwrap();
    }
}

#[test]
fn memory_is_limited_and_the_session_survives() {
    let limit = 96 << 20;
    let mut session = session(&limited(Limits::default().with_memory(limit)));
    let failed = failure(session.execute_blocking("x = bytearray(200 << 20)"));
    assert_eq!(failed.exception().unwrap().kind, "MemoryError");
    let failed = failure(session.execute_blocking("y = []\nwhile True: y.append(bytearray(1 << 20))"));
    assert_eq!(failed.exception().unwrap().kind, "MemoryError");
    let after = session.execute_blocking("y = None\nlen(bytearray(10 << 20))").unwrap();
    assert_eq!(after.value, Some(json!(10 << 20)));
    assert!(session.peak_memory() <= limit, "{}", session.peak_memory());

    let sandbox = limited(Limits::default().with_memory(1 << 20));
    let error = sandbox.execute_blocking("1").unwrap_err();
    assert!(matches!(error, Error::Config(ConfigError::MemoryLimitTooLow { .. })), "{error:?}");
}

#[test]
fn output_is_limited() {
    let sandbox = limited(Limits::default().with_output(1000));
    for code in ["while True: print('x' * 99)", "import os\nwhile True: os.write(2, b'x' * 99)"] {
        let mut session = session(&sandbox);
        let failure = failure(session.execute_blocking(code));
        assert_eq!(failure.cause, Cause::OutputLimit(1000), "{code}");
        let kept = failure.output.stdout.len() + failure.output.stderr.len();
        assert!((900..=1000).contains(&kept), "{code}: {kept}");
        assert!(matches!(session.execute_blocking("1"), Err(Error::Session(SessionError::Ended))), "{code}");
    }
    assert_eq!(sandbox.execute_blocking("print('x' * 999)").unwrap().stdout.len(), 1000);
}

#[test]
fn ending_the_interpreter_ends_the_session() {
    let mut session = session(&sandbox());
    let failure = failure(session.execute_blocking("import os\nprint('last')\nos._exit(7)"));
    // WASI 0.2 reports whether the status was zero, but not its value.
    assert_eq!(failure.cause, Cause::Exit);
    assert_eq!(failure.output.stdout, "last\n");
    assert!(matches!(session.execute_blocking("1"), Err(Error::Session(SessionError::Ended))));
    assert_eq!(value("1"), 1);
}

// ---- crashes ----

#[test]
fn a_crash_ends_the_session_and_nothing_else() {
    let sandbox = limited(Limits::default().with_memory(96 << 20));
    let (mut crashing, mut other) = (session(&sandbox), session(&sandbox));
    other.execute_blocking("x = 1").unwrap();
    // There is no reliable way to crash from Python, so this makes the interpreter abort in the middle.
    let failure = failure(crashing.execute_blocking("import os\nprint('so far')\nos.abort()"));
    assert!(matches!(failure.cause, Cause::Crash(_)), "{failure:?}");
    assert_eq!(failure.output.stdout, "so far\n");
    for _ in 0..2 {
        assert!(matches!(crashing.execute_blocking("1"), Err(Error::Session(SessionError::Ended))));
    }
    assert_eq!(other.execute_blocking("x").unwrap().value, Some(json!(1)));
}

// ---- unavailable features ----

#[test]
fn nothing_of_the_host_is_visible() {
    assert!(std::env::var_os("PATH").is_some());
    assert_eq!(value("import os\ndict(os.environ)"), json!({}));
    assert_eq!(value("import sys\nsys.stdin.read() if sys.stdin else ''"), "");
    let failure = fail("input()");
    assert!(
        ["EOFError", "RuntimeError"].contains(&failure.exception().unwrap().kind.as_str()),
        "{failure:?}"
    );
    assert_eq!(value("import sys\nlen(sys.argv) <= 1"), true);

    let secret = tempfile::NamedTempFile::new().unwrap();
    let path = serde_json::to_string(secret.path().to_str().unwrap()).unwrap();
    let failure = fail(&format!("open({path})"));
    assert_eq!(failure.exception().unwrap().kind, "FileNotFoundError");
    for path in ["/etc/passwd", "/proc/self/environ", "/dev/tty", "/home", "/root", "../../../../etc/passwd"]
    {
        assert_eq!(value(&format!("import os\nos.path.exists('{path}')")), false, "{path}");
    }
    assert_eq!(value("import os\nsorted(os.listdir('/'))"), json!(["app", "data", "dev", "tmp", "usr"]));
}

#[test]
fn there_is_no_network() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for code in [
        format!("import socket\nsocket.create_connection(('127.0.0.1', {port}), 5)"),
        format!("import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/', timeout=5)"),
        "import socket\nsocket.getaddrinfo('localhost', 80)".to_owned(),
    ] {
        assert!(fail(&code).exception().is_some(), "{code}");
    }
    let error = listener.accept().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn there_are_no_threads_and_no_processes() {
    assert_eq!(
        fail("import threading\nthreading.Thread(target=print).start()").exception().unwrap().kind,
        "RuntimeError"
    );
    for code in [
        "import os\nos.fork()",
        "import os\nos.system('true')",
        "import subprocess\nsubprocess.run(['true'])",
    ] {
        assert!(fail(code).exception().is_some(), "{code}");
    }
}

#[test]
fn the_tree_is_read_only() {
    let setup = "import errno, json, os, kit\ndef number(action, *arguments):\n    try:\n        action(*arguments)\n    \
                 except OSError as error:\n        return errno.errorcode[error.errno]\n    return 'done'\n";
    for action in [
        "open, '/new', 'w'",
        "open, '/app/new.py', 'x'",
        "open, kit.__file__, 'a'",
        "open, kit.__file__, 'r+'",
        "os.mkdir, '/usr/new'",
        "os.remove, json.__file__",
        "os.rename, json.__file__, '/app/json.py'",
        "os.rmdir, '/app'",
        "os.symlink, '/app', '/link'",
        "os.truncate, kit.__file__, 0",
        "os.utime, kit.__file__, (0, 0)",
    ] {
        assert_eq!(value(&format!("{setup}number({action})")), "EROFS", "{action}");
    }
    assert_eq!(value("import kit\nopen(kit.__file__).read()"), "ANSWER = 42\n");
}

#[test]
fn modules_come_from_bytecode() {
    // Modules of the standard library, of the package and of the user, which were not imported before.
    let code = "import importlib._bootstrap_external as machinery, os, sys
compiled = []
source_to_code = machinery.SourceLoader.source_to_code
def record(self, data, path, *rest, **more):
    compiled.append(path)
    return source_to_code(self, data, path, *rest, **more)
machinery.SourceLoader.source_to_code = record
names = ['csv', 'colorsys', 'email.message', 'kit.trouble']
assert not [name for name in names if name in sys.modules]
import csv, colorsys, email.message, kit.trouble, kit, mine, json
modules = [csv, colorsys, email.message, kit.trouble, kit, mine, json]
missing = [module.__name__ for module in modules if not os.path.isfile(module.__spec__.cached)]
sources = [module.__name__ for module in modules if not os.path.isfile(module.__file__)]
[compiled, missing, sources, kit.__spec__.cached, kit.__cached__ == kit.__spec__.cached]";
    let cached = "/usr/lib/python3.14/site-packages/kit/__pycache__/__init__.cpython-314.pyc";
    assert_eq!(value(code), json!([[], [], [], cached, true]));
}

// ---- many at once ----

/// Runs a future, and the tasks that it spawns, on two threads.
fn on_two_threads<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_time().build().unwrap().block_on(future)
}

#[test]
fn limits_hold_when_many_run_at_once() {
    on_two_threads(many_at_once());
}

async fn many_at_once() {
    let spawn = |milliseconds: u64, code: &'static str| {
        let sandbox = limited(Limits::default().with_wall_time(Duration::from_millis(milliseconds)));
        tokio::spawn(async move { sandbox.execute(code).await })
    };
    let spinning = [3_000, 3_200, 3_400].map(|limit| (limit, spawn(limit, "print('in')\nwhile True: pass")));
    let sleeping = [3_100, 3_300, 3_500]
        .map(|limit| (limit, spawn(limit, "print('in')\nimport time\ntime.sleep(3600)")));
    let well = spawn(30_000, "sum(range(100_000))");
    let raising = spawn(30_000, "import time\ntime.sleep(0.2)\n1 / 0");
    for (limit, running) in spinning.into_iter().chain(sleeping) {
        let failure = failure(running.await.unwrap());
        assert_eq!(failure.cause, Cause::WallTime(Duration::from_millis(limit)));
        assert_eq!(failure.output.stdout, "in\n");
    }
    assert_eq!(well.await.unwrap().unwrap().value, Some(json!(4_999_950_000_u64)));
    assert_eq!(failure(raising.await.unwrap()).exception().unwrap().kind, "ZeroDivisionError");
}

#[test]
fn dropping_an_execution_stops_it_and_no_other() {
    on_two_threads(drop_one_of_two());
}

async fn drop_one_of_two() {
    let ticks = Arc::new(AtomicUsize::new(0));
    let ticking = {
        let ticks = Arc::clone(&ticks);
        let tick = move || {
            ticks.fetch_add(1, Ordering::SeqCst);
            async {}
        };
        builder().with_callback("tick", tick).build().unwrap()
    };
    let other = tokio::spawn(async {
        let mut session = sandbox().session().await.unwrap();
        session.execute("n = 0").await.unwrap();
        for _ in 0..50 {
            session.execute("import time\ntime.sleep(0.01)\nn += 1").await.unwrap();
        }
        session.execute("n").await.unwrap().value
    });

    let mut session = ticking.session().await.unwrap();
    {
        let mut endless = pin!(session.execute("import eryx\nwhile True: eryx.call('tick')"));
        while ticks.load(Ordering::SeqCst) < 10 {
            let some_time = tokio::time::timeout(Duration::from_millis(1), &mut endless);
            assert!(some_time.await.is_err(), "it ended");
        }
    }
    let seen = ticks.load(Ordering::SeqCst);
    assert!(matches!(session.execute("1").await, Err(Error::Session(SessionError::Ended))));
    assert!(matches!(session.reset().await, Err(Error::Session(SessionError::Ended))));
    // The other one still runs for some time, and to its own end.
    assert_eq!(other.await.unwrap(), Some(json!(50)));
    assert_eq!(ticks.load(Ordering::SeqCst), seen);
}

#[test]
fn blocking_calls_work_with_a_runtime_and_without() {
    assert_eq!(value("1"), 1);
    let code = "import time\ntime.sleep(0.01)\n6 * 7";
    let single = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let inside = move || {
        let mut session = session(&sandbox());
        assert_eq!(session.execute_blocking(code).unwrap().value, Some(json!(42)));
        sandbox().execute_blocking(code).unwrap().value
    };
    assert_eq!(single.block_on(async { inside() }), Some(json!(42)));
    let multi = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    assert_eq!(
        multi.block_on(async { tokio::spawn(async move { inside() }).await.unwrap() }),
        Some(json!(42))
    );
}

// ---- callbacks ----

fn with_callbacks() -> Sandbox {
    builder()
        .with_callback("add", |arguments: Value| async move {
            let number = |key: &str| arguments[key].as_i64().ok_or_else(|| format!("{key} is no number"));
            Ok::<_, String>(json!({"sum": number("a")? + number("b")?}))
        })
        .with_callback("slow", || async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            "slept"
        })
        .build()
        .unwrap()
}

#[test]
fn python_calls_the_host() {
    let sandbox = with_callbacks();
    let run = |code: &str| sandbox.execute_blocking(format!("import eryx\n{code}"));
    assert_eq!(run("eryx.call('add', a=2, b=3)").unwrap().value, Some(json!({"sum": 5})));
    assert_eq!(run("eryx.call('slow')").unwrap().value, Some(json!("slept")));
    assert_eq!(
        run("[callback.name for callback in eryx.callbacks()]").unwrap().value,
        Some(json!(["add", "slow"]))
    );

    let failed = failure(run("eryx.call('add', a='x', b=3)"));
    let exception = failed.exception().unwrap();
    assert_eq!(
        (exception.kind.as_str(), exception.message.as_str()),
        ("eryx.CallbackError", "a is no number")
    );
    let failed = failure(run("eryx.call('subtract')"));
    let exception = failed.exception().unwrap();
    assert_eq!(exception.kind, "eryx.CallbackError");
    assert_eq!(exception.message, "no callback is named 'subtract'");
    // Python can catch it like other exceptions.
    let code = "try:\n    eryx.call('subtract')\nexcept RuntimeError as error:\n    caught = type(error).__name__\ncaught";
    assert_eq!(run(code).unwrap().value, Some(json!("CallbackError")));
}

#[test]
fn a_callback_counts_towards_the_wall_time() {
    let limit = Duration::from_millis(200);
    let sandbox = builder()
        .with_limits(Limits::default().with_wall_time(limit))
        .with_callback("never", std::future::pending::<()>)
        .build()
        .unwrap();
    let failed = failure(sandbox.execute_blocking("import eryx\neryx.call('never')"));
    assert_eq!(failed.cause, Cause::WallTime(limit));
}

#[test]
fn calls_are_in_flight_together() {
    // The operations that the guest's event loop will use.
    const CODE: &str = "
import json, _eryx
ids = [_eryx.start('sleep', json.dumps({'ms': ms})) for ms in (40, 1, 3000)]
_eryx.cancel(ids[2])
done = [_eryx.wait(None), _eryx.wait(None)]
[[ids.index(id), kind, text] for id, kind, text in done] + [_eryx.wait(None), _eryx.wait(1000)]
";
    let sleep = |arguments: Value| async move {
        let time = arguments["ms"].as_u64().ok_or("ms is no number")?;
        tokio::time::sleep(Duration::from_millis(time)).await;
        Ok::<_, String>(time)
    };
    let sandbox = builder().with_callback("sleep", sleep).build().unwrap();
    let output = sandbox.execute_blocking(CODE).unwrap();
    assert_eq!(output.value, Some(json!([[1, null, "1"], [0, null, "40"], null, null])));
}
