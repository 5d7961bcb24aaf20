//! The work of a soak: each kind of run with its expected end.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use eryx::SessionError;
use eryx::{CancelToken, Cause, Error, Limits, Output, Sandbox, Slots, Snapshot, Stats, Value};

use crate::builder;

const MEMORY: usize = 128 << 20;

/// One sandbox for all, with limits that some runs exceed and most do not, and with fewer slots than users.
pub(super) struct World {
    pub(super) slots: Slots,
    sandbox: Sandbox,
    impatient: Sandbox,
    thrifty: Sandbox,
}

impl World {
    pub(super) fn new() -> Self {
        let slots = Slots::new(16);
        let limits = Limits::default()
            .with_memory(MEMORY)
            .with_output(100_000)
            .with_wall_time(Duration::from_secs(60));
        let build = |limits| {
            let sandbox = builder()
                .with_limits(limits)
                .with_slots(&slots)
                .with_callback("add", |arguments: Value| async move {
                    let number = |name: &str| arguments[name].as_i64().ok_or_else(|| format!("no {name}"));
                    Ok::<_, String>(number("a")? + number("b")?)
                })
                .with_callback("nap", || async {
                    tokio::time::sleep(Duration::from_millis(3)).await;
                })
                .with_callback("never", std::future::pending::<()>);
            sandbox.build().expect("a sandbox")
        };
        let sandbox = build(limits);
        let impatient = build(limits.with_wall_time(Duration::from_millis(30)));
        let thrifty = build(limits.with_cpu_time(Duration::from_millis(5)));
        Self { slots, sandbox, impatient, thrifty }
    }

    pub(super) fn stats(&self) -> Stats {
        let mut stats = self.sandbox.stats();
        for other in [self.impatient.stats(), self.thrifty.stats()] {
            stats.running += other.running;
            stats.live_sessions += other.live_sessions;
            stats.wall_time += other.wall_time;
            stats.cpu_time += other.cpu_time;
            stats.executions += other.executions;
            stats.sessions += other.sessions;
        }
        stats
    }
}

type Work = fn(Arc<World>) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// All kinds, by name.
pub(super) const KINDS: &[(&str, Work)] = &[
    ("value", |world| Box::pin(async move { value(&world, "sum(range(1000))", 499_500).await })),
    ("exception", |world| ends(world, "1 / 0", |cause| matches!(cause, Cause::Exception(_)))),
    ("exit code", |world| ends(world, "raise SystemExit(3)", |cause| matches!(cause, Cause::Exception(_)))),
    ("time-out of a sleep", |world| {
        late(world, "import time\ntime.sleep(60)", Cause::WallTime(Duration::from_millis(30)))
    }),
    ("time-out of a callback", |world| {
        late(world, "import eryx\neryx.call('never')", Cause::WallTime(Duration::from_millis(30)))
    }),
    ("time-out of a loop", |world| {
        late(world, "while True: pass", Cause::WallTime(Duration::from_millis(30)))
    }),
    ("CPU time used up", |world| {
        Box::pin(async move {
            let ended = world.thrifty.execute("while True: pass").await;
            check(ended, |cause| matches!(cause, Cause::CpuTime(_)))
        })
    }),
    ("cancelled loop", |world| cancelled(world, "while True: pass")),
    ("cancelled sleep", |world| cancelled(world, "import time\ntime.sleep(60)")),
    ("cancelled callback", |world| cancelled(world, "import eryx\neryx.call('never')")),
    ("cancelled with calls in flight", |world| {
        cancelled(world, "import _eryx\nfor _ in range(50): _eryx.start('never', '{}')\n_eryx.wait(None)")
    }),
    ("dropped", |world| {
        Box::pin(async move {
            let mut session = world.sandbox.session().await.map_err(|error| error.to_string())?;
            let endless = session.execute("while True: pass");
            match tokio::time::timeout(Duration::from_millis(5), endless).await {
                Ok(ended) => Err(format!("it ended: {ended:?}")),
                Err(_) => Ok(()),
            }
        })
    }),
    ("stack overflow", |world| {
        let code = "import sys\nsys.setrecursionlimit(10**8)\ndef f(x): return sorted([x], key=f)\nf(1)";
        ends(world, code, |cause| matches!(cause, Cause::Exception(_) | Cause::Crash(_) | Cause::Memory(_)))
    }),
    ("deep parentheses", |world| {
        ends(world, "eval('(' * 5000 + ')' * 5000)", |cause| {
            matches!(cause, Cause::Exception(_) | Cause::Crash(_))
        })
    }),
    ("os._exit", |world| ends(world, "import os\nos._exit(0)", |cause| *cause == Cause::Exit)),
    ("abort", |world| ends(world, "import os\nos.abort()", |cause| matches!(cause, Cause::Crash(_)))),
    ("memory error", |world| {
        ends(world, "x = bytearray(300 << 20)", |cause| matches!(cause, Cause::Exception(_)))
    }),
    ("memory eaten", |world| {
        ends(world, "x = []\nwhile True: x.append(bytearray(1 << 20))", |cause| {
            matches!(cause, Cause::Exception(_) | Cause::Memory(_))
        })
    }),
    ("memory asked for without end", |world| {
        let code = "while True:\n    try: bytearray(300 << 20)\n    except MemoryError: pass";
        ends(world, code, |cause| *cause == Cause::Memory(MEMORY))
    }),
    ("output without end", |world| {
        ends(world, "while True: print('x' * 999)", |cause| matches!(cause, Cause::OutputLimit(_)))
    }),
    ("callbacks", |world| {
        let code =
            "import eryx\ntotal = 0\nfor n in range(50): total = eryx.call('add', a=total, b=n)\ntotal";
        Box::pin(async move { value(&world, code, 1225).await })
    }),
    ("callbacks in flight together", |world| {
        let code = "import _eryx\nids = {_eryx.start('nap', '{}') for _ in range(10)}\n\
                    while ids: ids.discard(_eryx.wait(None)[0])\n7";
        Box::pin(async move { value(&world, code, 7).await })
    }),
    ("files", |world| {
        let code =
            "with open('/tmp/a', 'wb') as file: file.write(b'x' * 100_000)\nlen(open('/tmp/a', 'rb').read())";
        Box::pin(async move { value(&world, code, 100_000).await })
    }),
    ("session", |world| {
        Box::pin(async move {
            let failed = |error: Error| error.to_string();
            let mut session = world.sandbox.session().await.map_err(failed)?;
            session.execute("n = 0").await.map_err(failed)?;
            for _ in 0..20 {
                session.execute("n += 1").await.map_err(failed)?;
            }
            is(session.execute("n").await, 20)?;
            session.reset().await.map_err(failed)?;
            check(session.execute("n").await, |cause| matches!(cause, Cause::Exception(_)))
        })
    }),
    ("fork", |world| {
        Box::pin(async move {
            let failed = |error: Error| error.to_string();
            let mut session = world.sandbox.session().await.map_err(failed)?;
            session.execute("import asyncio\nrows = [n for n in range(20_000)]").await.map_err(failed)?;
            let mut fork = match session.fork().await {
                Ok(fork) => fork,
                // Other users have the slots.
                Err(Error::Session(SessionError::Busy { .. })) => {
                    return is(session.execute("sum(rows)").await, 199_990_000);
                }
                Err(error) => return Err(failed(error)),
            };
            let code = "rows.append(1)\nawait asyncio.sleep(0.001)\nsum(rows)";
            is(fork.execute(code).await, 199_990_001)?;
            drop(session);
            is(fork.execute("sum(rows)").await, 199_990_001)
        })
    }),
    ("cancelled fork whose origin continues", |world| {
        Box::pin(async move {
            let failed = |error: Error| error.to_string();
            let mut session = world.sandbox.session().await.map_err(failed)?;
            session.execute("x = 5").await.map_err(failed)?;
            match session.fork().await {
                Ok(mut fork) => {
                    let endless = fork.execute("while True: x += 1");
                    if let Ok(ended) = tokio::time::timeout(Duration::from_millis(3), endless).await {
                        return Err(format!("it ended: {ended:?}"));
                    }
                }
                Err(Error::Session(SessionError::Busy { .. })) => {}
                Err(error) => return Err(failed(error)),
            }
            is(session.execute("x").await, 5)
        })
    }),
    ("snapshot, written down and restored", |world| {
        Box::pin(async move {
            let failed = |error: Error| error.to_string();
            let mut session = world.sandbox.session().await.map_err(failed)?;
            session
                .execute("log = open('/tmp/log', 'w+')\nlog.write('abc')\nrows = {n: str(n) for n in range(5_000)}")
                .await
                .map_err(failed)?;
            let bytes = session.snapshot().await.map_err(failed)?.to_bytes().map_err(failed)?;
            drop(session);
            let snapshot = Snapshot::from_bytes(bytes).map_err(failed)?;
            let mut later = world.sandbox.restore(&snapshot).await.map_err(failed)?;
            is(later.execute("log.write('def')\nlog.seek(0)\nlen(log.read()) + len(rows)").await, 5_006)
        })
    }),
    ("streamed, and given up", |world| {
        Box::pin(async move {
            let mut stream = world.sandbox.stream("while True: print('x' * 99)");
            match stream.next().await {
                Some(chunk) if !chunk.bytes.is_empty() => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
    }),
];

fn is(ended: Result<Output, Error>, expected: i64) -> Result<(), String> {
    match ended {
        Ok(output) if output.value == Some(expected.into()) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

async fn value(world: &World, code: &str, expected: i64) -> Result<(), String> {
    is(world.sandbox.execute(code).await, expected)
}

#[expect(clippy::needless_pass_by_value, reason = "the result of an execution")]
fn check(ended: Result<Output, Error>, expected: fn(&Cause) -> bool) -> Result<(), String> {
    match &ended {
        Err(Error::Execution(failure)) if expected(&failure.cause) => Ok(()),
        _ => Err(format!("{ended:?}")),
    }
}

fn ends(
    world: Arc<World>,
    code: &'static str,
    expected: fn(&Cause) -> bool,
) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> {
    Box::pin(async move { check(world.sandbox.execute(code).await, expected) })
}

fn late(
    world: Arc<World>,
    code: &'static str,
    expected: Cause,
) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> {
    Box::pin(async move {
        match world.impatient.execute(code).await {
            Err(Error::Execution(failure)) if failure.cause == expected => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
}

fn cancelled(
    world: Arc<World>,
    code: &'static str,
) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> {
    Box::pin(async move {
        let token = CancelToken::new();
        let sandbox = world.sandbox.with_cancel(&token);
        let (started, has_started) = tokio::sync::oneshot::channel();
        let running = tokio::spawn(async move {
            let mut session = sandbox.session().await?;
            // The receiver is gone if the test has already failed.
            let _ = started.send(());
            session.execute(code).await
        });
        has_started.await.map_err(|error| error.to_string())?;
        tokio::time::sleep(Duration::from_millis(3)).await;
        token.cancel();
        let ended = running.await.map_err(|error| error.to_string())?;
        check(ended, |cause| *cause == Cause::Cancelled)
    })
}
