//! Executions: in fresh interpreters, in sessions, with callbacks and with streams.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use eryx::{Bundle, Result, Sandbox};

use crate::sandbox;
use crate::timing::{each, spaced as timed_apart, timed};

/// Threads of `throughput`.
const THREADS: usize = 2;

pub(crate) fn instantiate(bundle: &Bundle, count: usize) -> Result<()> {
    let sandbox = sandbox(bundle)?;
    each(count, || {
        let start = Instant::now();
        let session = sandbox.session_blocking()?;
        let time = start.elapsed();
        drop(session);
        Ok(time)
    })
}

pub(crate) fn fresh(bundle: &Bundle, count: usize) -> Result<()> {
    let sandbox = sandbox(bundle)?;
    timed(count, || sandbox.execute_blocking("pass").map(drop))
}

pub(crate) fn spaced(bundle: &Bundle, count: usize) -> Result<()> {
    let sandbox = sandbox(bundle)?;
    timed_apart(count, || sandbox.execute_blocking("pass").map(drop))
}

pub(crate) fn anew(bundle: &Bundle, count: usize) -> Result<()> {
    timed(count, || sandbox(bundle)?.execute_blocking("pass").map(drop))
}

pub(crate) fn throughput(bundle: &Bundle, seconds: usize) -> Result<()> {
    let sandbox = sandbox(bundle)?;
    let done = AtomicUsize::new(0);
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds as u64);
    let work = || -> Result<()> {
        while Instant::now() < end {
            sandbox.execute_blocking("pass")?;
            done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no execution panics"))
    })?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 executions")]
    let count = done.load(Ordering::Relaxed) as f64;
    println!("{:.0}", count / start.elapsed().as_secs_f64());
    Ok(())
}

pub(crate) fn session(bundle: &Bundle, count: usize, setup: &str, code: &str) -> Result<()> {
    again(&sandbox(bundle)?, count, setup, code)
}

pub(crate) fn callback(bundle: &Bundle, count: usize, code: &str) -> Result<()> {
    let sandbox = Sandbox::builder().with_bundle(bundle).with_callback("noop", || async {}).build()?;
    again(&sandbox, count, "", code)
}

pub(crate) fn stream(bundle: &Bundle, count: usize, code: &str) -> Result<()> {
    let bytes = Arc::new(AtomicUsize::new(0));
    let received = Arc::clone(&bytes);
    let sandbox = Sandbox::builder()
        .with_bundle(bundle)
        .with_output(move |_, chunk| {
            received.fetch_add(chunk.len(), Ordering::Relaxed);
        })
        .build()?;
    again(&sandbox, count, "", code)?;
    assert_ne!(bytes.load(Ordering::Relaxed), 0, "no output was streamed");
    Ok(())
}

fn again(sandbox: &Sandbox, count: usize, setup: &str, code: &str) -> Result<()> {
    let mut session = sandbox.session_blocking()?;
    session.execute_blocking(setup)?;
    timed(count, || session.execute_blocking(code).map(drop))
}
