//! The epoch ticker: one thread per process that makes running guest code look at its limits.
//!
//! Guest code checks the epoch at loop heads and function entries; each tick makes it yield to its executor once, where
//! deadlines and cancellation are seen. The thread sleeps while nothing runs, so an idle process costs nothing. A tick
//! never decides anything by itself: limits are compared with the clock, so concurrent runs do not affect each other.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

/// Time between ticks: how late, at most, running code sees that its time is up.
const TICK: Duration = Duration::from_millis(1);

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static THREAD: OnceLock<Thread> = OnceLock::new();

/// Held while guest code may run.
#[derive(Debug)]
pub(crate) struct Running(());

impl Running {
    /// Starts the ticker if it is not running. `engine` must be the shared one.
    pub(crate) fn enter(engine: &Engine) -> std::io::Result<Self> {
        let thread = match THREAD.get() {
            Some(thread) => thread,
            None => spawn(engine)?,
        };
        if RUNNING.fetch_add(1, Ordering::AcqRel) == 0 {
            thread.unpark();
        }
        Ok(Self(()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::AcqRel);
    }
}

fn spawn(engine: &Engine) -> std::io::Result<&'static Thread> {
    static SPAWN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one_at_a_time = SPAWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(thread) = THREAD.get() {
        return Ok(thread);
    }
    let engine = engine.clone();
    let handle = thread::Builder::new().name("eryx-ticker".into()).stack_size(64 << 10).spawn(move || {
        loop {
            while RUNNING.load(Ordering::Acquire) == 0 {
                thread::park();
            }
            thread::sleep(TICK);
            engine.increment_epoch();
        }
    })?;
    Ok(THREAD.get_or_init(|| handle.thread().clone()))
}
