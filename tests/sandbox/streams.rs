//! Output while it is produced, and standard input.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::common::SOON;
use crate::common::kit::builder;
use eryx::SessionError;
use eryx::{Cause, Code, Error, Limits, Sandbox, Stdin, Stdio};
use serde_json::json;
use tokio::io::{AsyncRead, ReadBuf};

fn sandbox() -> Sandbox {
    builder().build().unwrap()
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

// ---- output ----

#[test]
fn a_stream_gives_both_outputs_in_order_and_the_result() {
    block_on(async {
        let code = "import os, sys\nprint('1')\nos.write(1, b'2\\n')\nprint('e', file=sys.stderr)\n\
                    os.write(2, b'f\\n')\nsys.stdout.write('3')\n'done'";
        let sandbox = sandbox();
        let mut stream = sandbox.stream(code);
        let mut seen: Vec<(Stdio, String)> = Vec::new();
        while let Some(chunk) = stream.next().await {
            let text = String::from_utf8(chunk.bytes).unwrap();
            match seen.last_mut() {
                Some((stdio, last)) if *stdio == chunk.stdio => last.push_str(&text),
                _ => seen.push((chunk.stdio, text)),
            }
        }
        let expected = [(Stdio::Stdout, "1\n2\n"), (Stdio::Stderr, "e\nf\n"), (Stdio::Stdout, "3")];
        assert_eq!(seen, expected.map(|(stdio, text)| (stdio, text.to_owned())));
        let output = stream.finish().await.unwrap();
        assert_eq!(output.value, Some(json!("done")));
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
        assert_eq!(output.usage.output_bytes, 9);
    });
}

#[test]
fn output_comes_while_the_code_runs() {
    block_on(async {
        let sandbox =
            builder().with_limits(Limits::default().with_wall_time(Duration::from_secs(60))).build().unwrap();
        for code in ["print('first')\nwhile True: pass", "import time\nprint('first')\ntime.sleep(50)"] {
            let start = Instant::now();
            let mut stream = sandbox.stream(code);
            assert_eq!(stream.next().await.unwrap().bytes, b"first\n");
            // Dropping it stops the code.
            drop(stream);
            assert!(start.elapsed() < Duration::from_secs(30));
        }
    });
}

#[test]
fn a_slow_reader_slows_the_code_down() {
    static PROGRESS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    const LINES: usize = 40_000;
    block_on(async {
        let sandbox = builder()
            .with_limits(Limits::default().with_output(100 << 20).with_wall_time(Duration::from_secs(120)))
            .with_callback("progress", {
                move |n: eryx::Value| {
                    PROGRESS.store(n["n"].as_u64().unwrap(), Ordering::Relaxed);
                    async {}
                }
            })
            .build()
            .unwrap();
        for write in ["print('x' * 999)", "os.write(1, b'x' * 999 + b'\\n')"] {
            PROGRESS.store(0, Ordering::Relaxed);
            let code = format!(
                "import os, eryx\nfor n in range({LINES}):\n    {write}\n    n % 16 or eryx.call('progress', n=n)"
            );
            let mut stream = sandbox.stream(code);
            let mut read = 0;
            for _ in 0..10 {
                read += stream.next().await.unwrap().bytes.len();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let written = usize::try_from(PROGRESS.load(Ordering::Relaxed)).unwrap() * 1000;
            assert!(written <= read + (300 << 10), "{written} bytes were written when {read} were read");
            // No output is lost.
            while let Some(chunk) = stream.next().await {
                assert!(chunk.bytes.len() <= 64 << 10);
                read += chunk.bytes.len();
            }
            stream.finish().await.unwrap();
            assert_eq!(read, LINES * 1000);
        }
    });
}

#[test]
fn a_stream_that_ends_badly_says_why() {
    block_on(async {
        let sandbox = builder().with_limits(Limits::default().with_output(1000)).build().unwrap();
        let Err(Error::Execution(failure)) = sandbox.stream("while True: print('x' * 99)").finish().await
        else {
            panic!("it ended well");
        };
        assert_eq!(failure.cause, Cause::OutputLimit(1000));

        let mut session = sandbox.session().await.unwrap();
        let failed = session.stream("print('a')\n1 / 0").finish().await.unwrap_err();
        assert_eq!(failed.failure().unwrap().exception().unwrap().kind, "ZeroDivisionError");
        // The next execution captures again.
        assert_eq!(session.execute("print('b')").await.unwrap().stdout, "b\n");
        let mut stream = session.stream("print('c')\nwhile True: pass");
        assert_eq!(stream.next().await.unwrap().bytes, b"c\n");
        drop(stream);
        assert!(matches!(session.execute("1").await, Err(Error::Session(SessionError::Ended))));
        assert!(matches!(session.stream("1").finish().await, Err(Error::Session(SessionError::Ended))));
    });
}

#[test]
fn waiting_for_a_reader_counts_as_wall_time() {
    block_on(async {
        let limit = SOON;
        let sandbox = builder()
            .with_limits(Limits::default().with_output(100 << 20).with_wall_time(limit))
            .build()
            .unwrap();
        let mut stream = sandbox.stream("for _ in range(1000): print('x' * 9999)");
        stream.next().await.unwrap();
        tokio::time::sleep(2 * limit).await;
        let Err(Error::Execution(failure)) = stream.finish().await else { panic!("it ended well") };
        assert_eq!(failure.cause, Cause::WallTime(limit));
    });
}

// ---- input ----

#[test]
fn code_reads_its_input() {
    let all = "import sys\n[input(), sys.stdin.readline(), list(sys.stdin), sys.stdin.read()]";
    let expected = json!(["ü", "b\n", ["c\n", "d"], ""]);
    let sandbox = sandbox();
    let text = "ü\nb\nc\nd";
    for stdin in [Stdin::from(text), Stdin::from(text.as_bytes()), Stdin::reader(text.as_bytes())] {
        let output = sandbox.execute_blocking(Code::new(all).with_stdin(stdin)).unwrap();
        assert_eq!(output.value, Some(expected.clone()));
    }
    let raw = "import os, sys\n[os.read(0, 2).decode(), sys.stdin.buffer.read(2).decode(), os.read(0, 9).decode(), os.read(0, 9).decode()]";
    let output = sandbox.execute_blocking(Code::new(raw).with_stdin("abcdefg")).unwrap();
    // `sys.stdin` reads ahead, as on any system.
    assert_eq!(output.value, Some(json!(["ab", "cd", "", ""])));

    let large = "x".repeat(5 << 20);
    let output = sandbox.execute_blocking(Code::new("import sys\nlen(sys.stdin.read())").with_stdin(large));
    assert_eq!(output.unwrap().value, Some(json!(5 << 20)));

    let none = sandbox.execute_blocking("input()").unwrap_err();
    assert_eq!(none.failure().unwrap().exception().unwrap().kind, "EOFError");
}

#[test]
fn each_execution_has_its_own_input() {
    let mut session = sandbox().session_blocking().unwrap();
    for (stdin, expected) in [("a\nleft over\n", "a"), ("b\n", "b")] {
        let output = session.execute_blocking(Code::new("input()").with_stdin(stdin)).unwrap();
        assert_eq!(output.value, Some(json!(expected)));
    }
    let raw = Code::new("import os\nos.read(0, 1).decode()");
    assert_eq!(session.execute_blocking(raw.with_stdin("cd")).unwrap().value, Some(json!("c")));
    let none = session.execute_blocking("input()").unwrap_err();
    assert_eq!(none.failure().unwrap().exception().unwrap().kind, "EOFError");
}

/// A reader that waits, returns a line, and then fails.
struct Faulty {
    sleep: Pin<Box<tokio::time::Sleep>>,
    given: bool,
}

static DROPPED: AtomicBool = AtomicBool::new(false);

impl AsyncRead for Faulty {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        std::task::ready!(self.sleep.as_mut().poll(cx));
        if self.given {
            return Poll::Ready(Err(io::Error::other("the line is cut")));
        }
        self.given = true;
        buffer.put_slice(b"hello\n");
        Poll::Ready(Ok(()))
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        DROPPED.store(true, Ordering::Relaxed);
    }
}

#[test]
fn code_waits_for_a_reader_whose_errors_are_its_own() {
    block_on(async {
        let wait = Duration::from_millis(50);
        let reader = || {
            DROPPED.store(false, Ordering::Relaxed);
            Stdin::reader(Faulty { sleep: Box::pin(tokio::time::sleep(wait)), given: false })
        };
        let mut session = sandbox().session().await.unwrap();
        let code = "import sys\nline = input()\ntry:\n    sys.stdin.readline()\nexcept OSError as e:\n    line += ' ' + str(e)\nline";
        let output = session.execute(Code::new(code).with_stdin(reader())).await.unwrap();
        assert_eq!(output.value, Some(json!("hello the line is cut")));
        assert!(output.usage.wall_time >= wait);
        assert!(DROPPED.load(Ordering::Relaxed), "the reader is dropped with the execution");

        let code = Code::new("import os\nos.read(0, 3), os.read(0, 100)\nos.read(0, 1)").with_stdin(reader());
        let error = session.execute(code).await.unwrap_err();
        assert_eq!(error.failure().unwrap().exception().unwrap().kind, "OSError");

        // A reader that never answers is stopped like any other wait.
        let limit = Duration::from_millis(200);
        let sandbox = builder().with_limits(Limits::default().with_wall_time(limit)).build().unwrap();
        let (_writer, reader) = tokio::io::duplex(10);
        let error =
            sandbox.execute(Code::new("input()").with_stdin(Stdin::reader(reader))).await.unwrap_err();
        assert_eq!(error.failure().unwrap().cause, Cause::WallTime(limit));
    });
}
