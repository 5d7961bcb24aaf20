//! The cleaner: one thread per process that sets slots back while nobody waits for them.
//!
//! What it may have to do is bounded: each pool is in its queue at most once, and keeps a bounded number of slots. It
//! sleeps while there is nothing to do, and ends with the process.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, Weak};

use super::pool::Pool;
use super::slot::lock;

static QUEUE: Mutex<VecDeque<Weak<Pool>>> = Mutex::new(VecDeque::new());
static WORK: Condvar = Condvar::new();

/// The process whose thread it is: a child that was forked has none.
static THREAD: Mutex<Option<rustix::process::Pid>> = Mutex::new(None);

/// Tells the cleaner that a pool has slots to be set back. False if there is no thread, and none can be started.
pub(super) fn announce(pool: &Arc<Pool>) -> bool {
    if !is_running() {
        return false;
    }
    lock(&QUEUE).push_back(Arc::downgrade(pool));
    WORK.notify_one();
    true
}

fn is_running() -> bool {
    let us = rustix::process::getpid();
    let mut thread = lock(&THREAD);
    if *thread != Some(us) {
        let spawned =
            std::thread::Builder::new().name("eryx-cleaner".into()).stack_size(128 << 10).spawn(run);
        *thread = spawned.is_ok().then_some(us);
    }
    thread.is_some()
}

fn run() {
    loop {
        let pool = {
            let mut queue = lock(&QUEUE);
            loop {
                match queue.pop_front() {
                    Some(pool) => break pool,
                    None => queue = WORK.wait(queue).unwrap_or_else(std::sync::PoisonError::into_inner),
                }
            }
        };
        // A bundle that is gone has unmapped its slots.
        if let Some(pool) = pool.upgrade() {
            pool.clean();
        }
    }
}
