//! Turns: executions share threads so that each one is polled often enough to stop in time.
//!
//! Guest code yields at each tick of a millisecond, and its task goes to the end of the executor's queue.
//! With fifty runs on a thread, each would run again only after fifty milliseconds. That is too late for a
//! time-out, which is checked when the task is polled, and for the host's own tasks, timers and sockets,
//! which tokio checks even less often.
//!
//! So there are *rounds*. In each round, every execution skips its next turn once: its task is polled,
//! checks its time limit, and goes to the end of the queue without running guest code. That takes a
//! microsecond each. So every execution is polled within [`ROUND`] plus one tick, whatever their number, and
//! the order is kept. Skipping uses tokio's list of deferred tasks, which wakes them when the queue is empty
//! and events were polled; so each round also serves the host's own work.
//!
//! An execution whose turn comes late enough after the start of a round, and after enough turns were taken,
//! begins the next round. The second condition is for overloaded machines: there a round may take longer than
//! the time between two rounds, and without the condition no guest code would run. Cancelling begins a round
//! at once.

use std::future::Future;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Minimum time between the starts of two rounds.
const ROUND: Duration = Duration::from_millis(5);
/// Minimum number of turns taken between two rounds.
const TURNS: u64 = 4;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static ROUNDS: Rounds = Rounds::new();
/// Number of live executions, including those that wait for the host.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Begins a round now.
pub(crate) fn call_round() {
    ROUNDS.number.fetch_add(1, Relaxed);
}

/// Rounds of the process.
#[derive(Debug)]
struct Rounds {
    /// Number of the current round.
    number: AtomicU64,
    /// Start of the round, in nanoseconds since [`START`].
    began: AtomicU64,
    /// Number of turns taken in it.
    taken: AtomicU64,
}

impl Rounds {
    const fn new() -> Self {
        Self { number: AtomicU64::new(1), began: AtomicU64::new(0), taken: AtomicU64::new(0) }
    }

    /// Returns whether an execution that last skipped a turn in round `seen` skips this one; otherwise it takes
    /// the turn.
    fn passes(&self, seen: &mut u64, now: Instant) -> bool {
        let number = self.number.load(Relaxed);
        if *seen == number && !self.begin(number, now) {
            self.taken.fetch_add(1, Relaxed);
            return false;
        }
        *seen = self.number.load(Relaxed);
        true
    }

    /// Begins the next round if it is due.
    fn begin(&self, number: u64, now: Instant) -> bool {
        let now = now.saturating_duration_since(*START).as_nanos() as u64;
        let age = Duration::from_nanos(now.saturating_sub(self.began.load(Relaxed)));
        if age < ROUND || self.taken.load(Relaxed) < TURNS {
            return false;
        }
        // If several threads notice this at once, only one begins the round.
        if self.number.compare_exchange(number, number + 1, Relaxed, Relaxed).is_ok() {
            self.began.store(now, Relaxed);
            self.taken.store(0, Relaxed);
        }
        true
    }
}

/// Position of one execution among the others.
#[derive(Debug)]
pub(crate) struct Turn {
    /// Last round in which it skipped a turn.
    seen: u64,
}

impl Turn {
    /// Joins the others. With many others, a newcomer skips its first turn: a hundred executions that
    /// start at once must not delay the poll of the first.
    pub(crate) fn join() -> Self {
        let others = LIVE.fetch_add(1, Relaxed);
        let crowd = u64::from(others >= 2);
        Self { seen: ROUNDS.number.load(Relaxed) - crowd }
    }

    /// Returns whether to skip this turn; if so, the task is woken for the next one.
    pub(crate) fn passes(&mut self, now: Instant, context: &mut Context<'_>) -> bool {
        if !ROUNDS.passes(&mut self.seen, now) {
            return false;
        }
        // The first poll hands the waker to tokio's list. Dropping the rest does not take it back.
        let deferred = pin!(tokio::task::yield_now());
        deferred.poll(context).is_pending()
    }

    /// Waits for a turn, or until `give_up` returns `true`.
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
            // A round is due each time, but guest code would never run if rounds followed each other
            // directly.
            let taken = (0..2 * TURNS).take_while(|_| !rounds.passes(&mut seen[0], now)).count() as u64;
            assert!((1..=TURNS).contains(&taken), "{taken}");
            // Each of the others skips one turn.
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
        // An overloaded machine: at each turn, the next round is due.
        let rounds = Rounds::new();
        let mut now = *START;
        let mut seen = [1; 50];
        let mut taken = [0; 50];
        // Like an executor: a task that takes a turn goes to the end of the queue, and a task that skips
        // its turn keeps the order.
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
