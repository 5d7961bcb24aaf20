//! Turns: how executions share threads, so that each is looked at often enough to be stopped in time.
//!
//! Guest code yields at each tick of a millisecond, and its task goes to the end of the executor's queue. With fifty
//! runs on a thread it would come up again after fifty milliseconds: too late for a time-out, which is seen when the task
//! is polled, and for the tasks, timers and sockets of the host, which tokio looks after less often still.
//!
//! So there are *rounds*. Whenever a round begins, each execution lets its next turn pass: it is polled, sees that its time
//! is not up, and goes to the end of the queue without running guest code. That takes a microsecond each. Thus every
//! execution is polled within [`ROUND`] and one tick, whatever their number, and in the order they had. A turn is let
//! pass through tokio's list of deferred tasks, which wakes them when the queue is empty and events were looked for; so
//! the host's own work is also seen to in each round.
//!
//! Nobody keeps a clock for it: the number of a round is the process's age divided by its length. Cancelling begins a
//! round at once.

use std::future::Future;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Time from one round to the next.
const ROUND: Duration = Duration::from_millis(5);

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
/// Rounds that did not wait for their time.
static CALLED: AtomicU64 = AtomicU64::new(0);
/// Executions, those that wait for the host included.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Begins a round now.
pub(super) fn call_round() {
    CALLED.fetch_add(1, Ordering::Relaxed);
}

fn round(now: Instant) -> u64 {
    let by_time = now.saturating_duration_since(*START).as_nanos() / ROUND.as_nanos();
    by_time as u64 + CALLED.load(Ordering::Relaxed)
}

/// One execution's place among the others.
#[derive(Debug)]
pub(super) struct Turn {
    /// The last round it let pass.
    seen: u64,
}

impl Turn {
    /// Joins the others. A newcomer among many waits for its first turn as if it had had one: a hundred that start at
    /// once must not keep the first from being looked at.
    pub(super) fn join() -> Self {
        let others = LIVE.fetch_add(1, Ordering::Relaxed);
        let crowd = u64::from(others >= 2);
        Self { seen: round(Instant::now()).wrapping_sub(crowd) }
    }

    /// Whether this turn is to be let pass; then the task will be woken for the next one.
    pub(super) fn passes(&mut self, now: Instant, context: &mut Context<'_>) -> bool {
        let round = round(now);
        if self.seen == round {
            return false;
        }
        self.seen = round;
        // The first poll hands the waker to tokio's list. Dropping the rest does not take it back.
        let deferred = pin!(tokio::task::yield_now());
        deferred.poll(context).is_pending()
    }

    /// Waits for one's turn.
    pub(super) async fn come(&mut self) {
        poll_fn(|context| match self.passes(Instant::now(), context) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        })
        .await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn one_turn_of_each_round_is_let_pass() {
        let mut context = Context::from_waker(Waker::noop());
        let now = Instant::now();
        let mut turn = Turn { seen: round(now) };
        LIVE.fetch_add(1, Ordering::Relaxed);
        // Another test may call a round in between, so each is tried until it is quiet.
        while turn.passes(now, &mut context) {}
        assert!(turn.passes(now + 3 * ROUND, &mut context));
        call_round();
        assert!(turn.passes(now + 3 * ROUND, &mut context));
        while turn.passes(now + 3 * ROUND, &mut context) {}
    }
}
