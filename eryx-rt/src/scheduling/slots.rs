//! Slots: a limit on the number of live interpreters.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::cancel::{CancelToken, Cancellation};
use crate::error::{Error, Result, SessionError};
use crate::outcome::{Cause, Failure, Output};

/// A maximum number of live interpreters, in one sandbox or in [several that share](Self::clone) the slots.
///
/// Opening a session or executing code in a fresh interpreter waits for a free slot, first come, first
/// served. Waiting does not count towards limits on time, and ends when the future is dropped or
/// [cancelled](crate::Sandbox::with_cancel). A session has its slot from its start until it is dropped, also
/// while it is idle or has ended, because it keeps its memory that long. The slot becomes free after the
/// memory and the callbacks in flight are gone.
///
/// [`Session::fork`](crate::Session::fork) never waits: a holder of a slot that waits for a second one could
/// deadlock. For the same reason, if callbacks of a sandbox run other sandboxes, give those their own slots.
///
/// ```no_run
/// # fn example(bundle: &eryx_rt::Bundle) -> eryx_rt::Result<()> {
/// use eryx_rt::{Sandbox, Slots};
/// // 4 GiB for sandboxes of at most 256 MiB each. Up to 100 callers wait for a slot; more are refused.
/// let slots = Slots::new(16).with_queue(100);
/// let sandbox = Sandbox::builder().with_bundle(bundle).with_slots(&slots).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Slots {
    shared: Arc<SlotPool>,
    queue: usize,
}

struct SlotPool {
    semaphore: Arc<Semaphore>,
    total: usize,
    waiting: AtomicUsize,
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots")
            .field("total", &self.shared.total)
            .field("free", &self.free())
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}

impl Slots {
    /// Makes slots for `count` interpreters, with an unlimited queue.
    ///
    /// # Panics
    /// If `count` is zero or more than 2^40.
    pub fn new(count: usize) -> Self {
        assert!(
            (1..=1 << 40).contains(&count),
            "the number of slots must be between 1 and 2^40, not {count}"
        );
        let semaphore = Arc::new(Semaphore::new(count));
        let shared = SlotPool { semaphore, total: count, waiting: AtomicUsize::new(0) };
        Self { shared: Arc::new(shared), queue: usize::MAX }
    }

    /// Limits the queue: refuses with [`SessionError::Busy`] when `length` callers wait already. With 0, no
    /// caller waits.
    #[must_use]
    pub fn with_queue(mut self, length: usize) -> Self {
        self.queue = length;
        self
    }

    /// Returns the maximum number of live interpreters.
    pub fn total(&self) -> usize {
        self.shared.total
    }

    /// Returns the number of free slots.
    pub fn free(&self) -> usize {
        self.shared.semaphore.available_permits()
    }

    /// Returns the number of waiting callers.
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }

    /// Takes a free slot.
    ///
    /// Fair: it does not overtake waiting callers.
    fn take_free(&self) -> Option<Slot> {
        let permit = Arc::clone(&self.shared.semaphore).try_acquire_owned().ok()?;
        Some(Slot(Arc::new(permit)))
    }

    /// Takes a slot for a caller that has one already and therefore must not wait.
    pub(crate) fn take_another(&self) -> Result<Slot> {
        self.take_free()
            .ok_or_else(|| SessionError::Busy { slots: self.total(), waiting: self.waiting() }.into())
    }

    /// Waits for a slot.
    pub(crate) async fn take(&self, cancels: &[CancelToken]) -> Result<Slot> {
        if let Some(slot) = self.take_free() {
            return Ok(slot);
        }
        let _place = QueuePosition::last_of(self)?;
        let started = Instant::now();
        let mut acquire = std::pin::pin!(Arc::clone(&self.shared.semaphore).acquire_owned());
        let mut cancelled = Cancellation::on(cancels);
        std::future::poll_fn(|context| {
            if std::pin::Pin::new(&mut cancelled).poll(context).is_ready() {
                return std::task::Poll::Ready(Err(cancelled_before_start()));
            }
            let permit = std::task::ready!(acquire.as_mut().poll(context));
            // The semaphore is never closed.
            let permit = permit.map_err(Error::engine)?;
            tracing::debug!(waited = ?started.elapsed(), "got a slot");
            std::task::Poll::Ready(Ok(Slot(Arc::new(permit))))
        })
        .await
    }
}

/// Returns the failure of an execution that was cancelled before its start.
pub(crate) fn cancelled_before_start() -> Error {
    Failure::new(Cause::Cancelled, Output::default()).into()
}

/// A position in the queue.
struct QueuePosition<'a>(&'a AtomicUsize);

impl<'a> QueuePosition<'a> {
    fn last_of(slots: &'a Slots) -> Result<Self> {
        let waiting = &slots.shared.waiting;
        let place = Self(waiting);
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        if before >= slots.queue {
            return Err(SessionError::Busy { slots: slots.total(), waiting: before }.into());
        }
        Ok(place)
    }
}

impl Drop for QueuePosition<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Permit to have an interpreter, released when the last clone is dropped. The session has a clone, and so
/// does each of its tasks.
#[derive(Debug, Clone)]
pub(crate) struct Slot(#[expect(dead_code, reason = "held, not looked at")] Arc<OwnedSemaphorePermit>);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn block_on<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn the_queue_is_first_come_first_served_and_as_long_as_was_said() {
        block_on(async {
            let slots = Slots::new(1).with_queue(2);
            let slot = slots.take(&[]).await.unwrap();
            let order = Arc::new(std::sync::Mutex::new(Vec::new()));
            let spawn = |number: i32| {
                let (slots, order) = (slots.clone(), Arc::clone(&order));
                tokio::spawn(async move {
                    let slot = slots.take(&[]).await.unwrap();
                    order.lock().unwrap().push(number);
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    drop(slot);
                })
            };
            let first = spawn(1);
            tokio::task::yield_now().await;
            let second = spawn(2);
            tokio::task::yield_now().await;
            assert_eq!((slots.free(), slots.waiting()), (0, 2));
            assert!(matches!(
                slots.take(&[]).await,
                Err(Error::Session(SessionError::Busy { slots: 1, waiting: 2 }))
            ));
            assert_eq!(slots.waiting(), 2);
            drop(slot);
            first.await.unwrap();
            second.await.unwrap();
            assert_eq!(*order.lock().unwrap(), [1, 2]);
            assert_eq!((slots.free(), slots.waiting()), (1, 0));
        });
    }

    #[test]
    fn who_stops_waiting_loses_the_place_and_takes_no_slot() {
        block_on(async {
            let slots = Slots::new(1);
            let slot = slots.take(&[]).await.unwrap();
            let other = slot.clone();
            assert!(tokio::time::timeout(Duration::from_millis(5), slots.take(&[])).await.is_err());
            let token = CancelToken::new();
            let waiting = tokio::spawn({
                let (slots, token) = (slots.clone(), token.clone());
                async move { slots.take(&[token]).await.map(drop) }
            });
            tokio::task::yield_now().await;
            assert_eq!(slots.waiting(), 1);
            token.cancel();
            let error = waiting.await.unwrap().unwrap_err();
            assert_eq!(error.failure().unwrap().cause, Cause::Cancelled);
            assert_eq!(slots.waiting(), 0);
            // The slot becomes free when its last clone is dropped.
            drop(slot);
            assert_eq!(slots.free(), 0);
            drop(other);
            assert_eq!(slots.free(), 1);
        });
    }
}
