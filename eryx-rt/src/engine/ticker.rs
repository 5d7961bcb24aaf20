//! The epoch ticker: one thread per process, for all engines, that makes running guest code yield and check
//! its limits.
//!
//! Guest code checks the epoch at loop heads and function entries. Each tick makes it yield to its executor
//! once, where deadlines and cancellation are checked. The thread sleeps soon after guest code stops running,
//! so a process whose sandboxes are idle or wait for the host uses no CPU time. A tick only makes code yield:
//! limits are compared with clocks, so concurrent runs do not affect each other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use super::settings::started;

/// Time between ticks: the longest time that guest code runs before other tasks get a turn.
const TICK: Duration = Duration::from_millis(1);
/// Ticks after guest code has stopped. Waking a thread takes ten times as long as any other wait of the
/// shortest executions, so the ticker stays awake for an execution that follows soon.
const LINGER: u32 = 20;

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static THREAD: OnceLock<Thread> = OnceLock::new();

/// Guard that is held while guest code may run.
#[derive(Debug)]
pub(crate) struct GuestActivity(());

impl GuestActivity {
    /// Makes the ticker tick, if it was [`start`]ed.
    pub(crate) fn enter() -> Self {
        if RUNNING.fetch_add(1, Ordering::AcqRel) == 0
            && let Some(thread) = THREAD.get()
        {
            thread.unpark();
        }
        Self(())
    }
}

impl Drop for GuestActivity {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Starts the ticker if it does not run yet.
pub(crate) fn start() -> std::io::Result<()> {
    static SPAWN: Mutex<()> = Mutex::new(());
    if THREAD.get().is_some() {
        return Ok(());
    }
    let _one_at_a_time = SPAWN.lock().unwrap_or_else(PoisonError::into_inner);
    if THREAD.get().is_none() {
        let handle = thread::Builder::new().name("eryx-ticker".into()).stack_size(64 << 10).spawn(tick)?;
        THREAD.get_or_init(|| handle.thread().clone());
    }
    Ok(())
}

fn tick() {
    let mut idle = 0;
    loop {
        if RUNNING.load(Ordering::Acquire) > 0 {
            idle = 0;
        } else if idle < LINGER {
            idle += 1;
        } else {
            thread::park();
            continue;
        }
        thread::sleep(TICK);
        started().for_each(wasmtime::Engine::increment_epoch);
    }
}
