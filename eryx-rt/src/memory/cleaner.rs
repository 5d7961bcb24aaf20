//! The cleaner: one background thread per process that resets memories.
//!
//! Its work is bounded: each pool is in its queue at most once and keeps a bounded number of memories. While executions
//! follow each other, the cleaner polls the queue once per pause, because waking a thread costs the caller as much as
//! some executions take. Only urgent work wakes it at once. It sleeps after enough idle pauses, and ends with the
//! process.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::lock::lock;

/// Maximum delay of work that is not urgent.
const PAUSE: Duration = Duration::from_millis(1);
/// Number of idle pauses before the cleaner sleeps.
const LINGER: u32 = 20;

static STATE: Mutex<CleanerState> =
    Mutex::new(CleanerState { queue: VecDeque::new(), asleep: false, process: None });
static WORK: Condvar = Condvar::new();

/// A pool with work for the cleaner.
pub(super) trait Cleanable: Send + Sync {
    /// Resets all memories that wait for it.
    fn clean(&self);
}

struct CleanerState {
    queue: VecDeque<Weak<dyn Cleanable>>,
    /// Whether the cleaner waits to be woken instead of polling the queue.
    asleep: bool,
    /// The process that the thread runs in. A forked child has no such thread.
    process: Option<rustix::process::Pid>,
}

/// How soon memories must be reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// Within a pause.
    Soon,
    /// At once, because other sessions are about to take the last clean memories.
    Now,
}

/// Queues a pool whose memories must be reset. Returns false if the thread does not run and cannot be started.
pub(super) fn announce(pool: Weak<dyn Cleanable>, urgency: Urgency) -> bool {
    let mut state = lock(&STATE);
    let us = rustix::process::getpid();
    if state.process != Some(us) {
        let spawned =
            std::thread::Builder::new().name("eryx-cleaner".into()).stack_size(128 << 10).spawn(run);
        if spawned.is_err() {
            return false;
        }
        state.process = Some(us);
    }
    state.queue.push_back(pool);
    let wake = state.asleep || urgency == Urgency::Now;
    drop(state);
    if wake {
        WORK.notify_one();
    }
    true
}

/// Wakes the cleaner, because queued work has become urgent.
pub(super) fn hurry() {
    WORK.notify_one();
}

fn run() {
    loop {
        let pool = next();
        // A dropped bundle has unmapped its memories.
        if let Some(pool) = pool.upgrade() {
            pool.clean();
        }
    }
}

/// Waits for the next pool with work.
fn next() -> Weak<dyn Cleanable> {
    let mut state = lock(&STATE);
    let mut pauses = 0;
    loop {
        if let Some(pool) = state.queue.pop_front() {
            return pool;
        }
        if pauses < LINGER {
            pauses += 1;
            state = WORK.wait_timeout(state, PAUSE).unwrap_or_else(PoisonError::into_inner).0;
        } else {
            state.asleep = true;
            state = WORK.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.asleep = false;
        }
    }
}
