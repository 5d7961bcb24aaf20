//! Code that crashes the interpreter, from any caller: the result is an error, and the host survives.

use std::time::Duration;

use crate::common::deep::DEEP;
use crate::common::kit::builder;
use eryx::SessionError;
use eryx::{Cause, Error, Limits, Output, Sandbox, Value};
use serde_json::json;

fn limits() -> Limits {
    Limits::default().with_memory(256 << 20).with_wall_time(Duration::from_secs(120))
}

fn sandbox(limits: Limits) -> Sandbox {
    builder()
        .with_limits(limits)
        .with_callback("echo", |arguments: Value| async { arguments })
        .build()
        .unwrap()
}

/// Checks that deep code ended with a matching exception, or with the interpreter. Returns `true` for the
/// latter.
fn crashed(name: &str, ended: &Result<Output, Error>) -> bool {
    match ended {
        Err(Error::Execution(failure)) => match &failure.cause {
            Cause::Exception(exception) => {
                let kind = exception.kind.as_str();
                let known = ["RecursionError", "MemoryError", "SyntaxError"].contains(&kind);
                assert!(known, "{name}: {exception:?}");
                false
            }
            Cause::Crash(_) | Cause::Memory(_) => true,
            other => panic!("{name}: {other:?}"),
        },
        other => panic!("{name}: {other:?}"),
    }
}

/// Runs all programs, each in a session that must continue if it did not crash.
async fn run_all(sandbox: &Sandbox) {
    for (name, code) in DEEP {
        let mut session = sandbox.session().await.unwrap();
        if crashed(name, &session.execute(code).await) {
            assert!(matches!(session.execute("1").await, Err(Error::Session(SessionError::Ended))), "{name}");
        } else {
            assert_eq!(session.execute("6 * 7").await.unwrap().value, Some(json!(42)), "{name}");
        }
        assert_eq!(sandbox.execute("6 * 7").await.unwrap().value, Some(json!(42)), "{name}");
    }
}

#[test]
fn in_a_blocking_call() {
    let sandbox = sandbox(limits());
    for (name, code) in DEEP {
        crashed(name, &sandbox.execute_blocking(code));
        assert_eq!(sandbox.execute_blocking("6 * 7").unwrap().value, Some(json!(42)), "{name}");
    }
}

#[test]
fn in_tasks_of_two_threads() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(async {
        // This runs on the workers, whose stacks are smaller than the main thread's.
        let runs = [0, 1].map(|_| tokio::spawn(async { run_all(&sandbox(limits())).await }));
        for run in runs {
            run.await.unwrap();
        }
    });
}

#[test]
fn on_one_thread() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(run_all(&sandbox(limits())));
}

/// A callback runs other code, asynchronously and blocking its thread, deep in the stack of the first guest.
#[test]
fn in_callbacks() {
    let inner = sandbox(limits());
    let blocking = inner.clone();
    let code = |arguments: &Value| DEEP[arguments["index"].as_u64().unwrap() as usize];
    let outer = builder()
        .with_limits(limits())
        .with_callback("run", move |arguments: Value| {
            let inner = inner.clone();
            async move {
                let (name, code) = code(&arguments);
                crashed(name, &inner.execute(code).await)
            }
        })
        .with_callback("run_blocking", move |arguments: Value| {
            let (name, code) = code(&arguments);
            let crash = crashed(name, &blocking.execute_blocking(code));
            async move { crash }
        })
        .build()
        .unwrap();
    let code = format!(
        "import eryx\ndef deep(levels, name, index):\n    if levels: return deep(levels - 1, name, index)\n    \
         return eryx.call(name, index=index)\n\
         len([deep(200, name, index) for name in ('run', 'run_blocking') for index in range({})])",
        DEEP.len()
    );
    assert_eq!(outer.execute_blocking(&code).unwrap().value, Some(json!(2 * DEEP.len())));
}

#[test]
fn under_a_limit_on_recursion() {
    let sandbox = sandbox(limits().with_recursion(300));
    for (name, code) in DEEP {
        // Code cannot raise the limit: `setrecursionlimit` raises an exception.
        let ended = sandbox.execute_blocking(code);
        if code.contains("setrecursionlimit") {
            let failure = ended.unwrap_err();
            let exception = failure.failure().unwrap().exception().unwrap();
            assert_eq!(exception.kind, "ValueError", "{name}: {exception:?}");
            let without = code.replace("sys.setrecursionlimit(10**8)", "sys.setrecursionlimit(300)");
            assert!(!crashed(name, &sandbox.execute_blocking(&without)), "{name}");
        } else {
            crashed(name, &ended);
        }
    }
    let depth = "import sys\ndef depth(n=1):\n    try: return depth(n + 1)\n    except RecursionError: return n\n[sys.getrecursionlimit(), 250 < depth() <= 300]";
    assert_eq!(sandbox.execute_blocking(depth).unwrap().value, Some(json!([300, true])));
    // A limit higher than Python's default holds as well.
    let high = self::sandbox(limits().with_recursion(20_000));
    let code = "import sys\ndef f(n): return n if n == 0 else f(n - 1)\n[f(15_000), sys.getrecursionlimit()]";
    assert_eq!(high.execute_blocking(code).unwrap().value, Some(json!([0, 20_000])));
}
