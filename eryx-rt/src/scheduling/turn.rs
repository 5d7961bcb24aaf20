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
//! Whoever comes to its turn late enough after a round began, and after some turns were taken, begins the next one. The
//! latter is for machines that have too much to do: there a round may take longer than the time between two, and nobody
//! would ever come to run. Cancelling begins a round at once.

use std::future::Future;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Time from one round to the next, at least.
const ROUND: Duration = Duration::from_millis(5);
/// Turns that are taken between two rounds, at least.
const TURNS: u64 = 4;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static ROUNDS: Rounds = Rounds::new();
/// Executions, those that wait for the host included.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Begins a round now.
pub(crate) fn call_round() {
    ROUNDS.number.fetch_add(1, Relaxed);
}

/// The rounds of a process.
#[derive(Debug)]
struct Rounds {
    /// Number of the one that is going on.
    number: AtomicU64,
    /// When it began, in nanoseconds since the start.
    began: AtomicU64,
    /// Turns that were taken in it.
    taken: AtomicU64,
}

impl Rounds {
    const fn new() -> Self {
        Self { number: AtomicU64::new(1), began: AtomicU64::new(0), taken: AtomicU64::new(0) }
    }

    /// Whether somebody who has `seen` a round lets a turn pass; else takes it.
    fn passes(&self, seen: &mut u64, now: Instant) -> bool {
        let number = self.number.load(Relaxed);
        if *seen == number && !self.begin(number, now) {
            self.taken.fetch_add(1, Relaxed);
            return false;
        }
        *seen = self.number.load(Relaxed);
        true
    }

    /// Begins the next round, if it is time for it.
    fn begin(&self, number: u64, now: Instant) -> bool {
        let now = now.saturating_duration_since(*START).as_nanos() as u64;
        let age = Duration::from_nanos(now.saturating_sub(self.began.load(Relaxed)));
        if age < ROUND || self.taken.load(Relaxed) < TURNS {
            return false;
        }
        // Of several that see it at once, one begins it.
        if self.number.compare_exchange(number, number + 1, Relaxed, Relaxed).is_ok() {
            self.began.store(now, Relaxed);
            self.taken.store(0, Relaxed);
        }
        true
    }
}

/// One execution's place among the others.
#[derive(Debug)]
pub(crate) struct Turn {
    /// The last round it let pass.
    seen: u64,
}

impl Turn {
    /// Joins the others. A newcomer among many waits for its first turn as if it had had one: a hundred that start at
    /// once must not keep the first from being looked at.
    pub(crate) fn join() -> Self {
        let others = LIVE.fetch_add(1, Relaxed);
        let crowd = u64::from(others >= 2);
        Self { seen: ROUNDS.number.load(Relaxed) - crowd }
    }

    /// Whether this turn is to be let pass; then the task will be woken for the next one.
    pub(crate) fn passes(&mut self, now: Instant, context: &mut Context<'_>) -> bool {
        if !ROUNDS.passes(&mut self.seen, now) {
            return false;
        }
        // The first poll hands the waker to tokio's list. Dropping the rest does not take it back.
        let deferred = pin!(tokio::task::yield_now());
        deferred.poll(context).is_pending()
    }

    /// Waits for one's turn, or until `give_up` says so.
    pub(crate) async fn come(&mut self, give_up: impl Fn() -> bool) {
        poll_fn(|context| {
            if !give_up() && self.passes(Instant::now(), context) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_turn_of_each_round_is_let_pass_and_some_are_taken_in_each() {
        let rounds = Rounds::new();
        let mut now = *START;
        let mut seen = [1; 3];
        for _ in 0..3 {
            now += 3 * ROUND;
            // It is time, but nobody would come to run if rounds followed each other.
            let taken = (0..2 * TURNS).take_while(|_| !rounds.passes(&mut seen[0], now)).count() as u64;
            assert!((1..=TURNS).contains(&taken), "{taken}");
            // The others let one pass, each.
            for seen in &mut seen[1..] {
                assert!(rounds.passes(seen, now));
            }
            for seen in &mut seen {
                assert!(!rounds.passes(seen, now));
            }
        }
    }

    #[test]
    fn nobody_waits_for_long_when_every_turn_takes_as_long_as_a_round() {
        // A machine with too much to do: by each turn, it is time for the next round.
        let rounds = Rounds::new();
        let mut now = *START;
        let mut seen = [1; 50];
        let mut taken = [0; 50];
        // As an executor does: who takes a turn goes to the end, and who lets one pass keeps the order.
        let mut queue: std::collections::VecDeque<usize> = (0..50).collect();
        for _ in 0..20_000 {
            now += ROUND;
            let next = queue.pop_front().unwrap();
            taken[next] += u32::from(!rounds.passes(&mut seen[next], now));
            queue.push_back(next);
        }
        assert!(taken.iter().all(|taken| *taken > 5), "{taken:?}");
    }
}
