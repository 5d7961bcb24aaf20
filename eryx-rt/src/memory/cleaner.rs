//! The cleaner: one thread per process that sets memories back while nobody waits for them.
//!
//! What it may have to do is bounded: each pool is in its queue at most once, and keeps a bounded number of memories. While
//! executions follow each other it looks into the queue by itself, once in a while: waking a thread costs those who wake it
//! as much as some executions take. Only what is needed soon wakes it at once. It sleeps when there was nothing to do for
//! long enough, and ends with the process.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::lock::lock;

/// How long what is not urgent waits, at most.
const PAUSE: Duration = Duration::from_millis(1);
/// Pauses without anything to do, before it goes to sleep.
const LINGER: u32 = 20;

static STATE: Mutex<CleanerState> =
    Mutex::new(CleanerState { queue: VecDeque::new(), asleep: false, process: None });
static WORK: Condvar = Condvar::new();

/// What has work for the cleaner.
pub(super) trait Cleanable: Send + Sync {
    /// Sets back all that is to be set back.
    fn clean(&self);
}

struct CleanerState {
    queue: VecDeque<Weak<dyn Cleanable>>,
    /// It only looks into the queue when it is woken.
    asleep: bool,
    /// The process whose thread it is: a child that was forked has none.
    process: Option<rustix::process::Pid>,
}

/// When memories have to be set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// Within a pause.
    Soon,
    /// Others are about to take what there is.
    Now,
}

/// Tells the cleaner that a pool has memories to be set back. False if there is no thread, and none can be started.
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

/// Tells it that what was announced is needed now.
pub(super) fn hurry() {
    WORK.notify_one();
}

fn run() {
    loop {
        let pool = next();
        // A bundle that is gone has unmapped its memories.
        if let Some(pool) = pool.upgrade() {
            pool.clean();
        }
    }
}

/// Waits for a pool that has something to do.
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
