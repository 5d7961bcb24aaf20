//! The budget of host memory: a limit on all memory that one interpreter makes the host hold.
//!
//! Code that keeps data of a size that the guest decides takes a [`Charge`] for it first, and drops the
//! charge with the data. A charge that does not fit is [refused](HostMemoryError): this raises an exception
//! if Python made the request, and otherwise ends the execution.
//!
//! Answers of calls in flight wait instead. Their sizes are known only when they arrive, and the guest makes
//! room as soon as it takes some of them. See [`Budget::hold_answer`].

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The guest exceeded its limit of host memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the limit of {0} bytes of host memory is reached; the program that runs the sandbox can raise it with \
     Limits::with_host_memory"
)]
pub(crate) struct HostMemoryError(pub(crate) usize);

/// Host memory of one interpreter: its use and its limit. Clones share both.
#[derive(Clone)]
pub(crate) struct Budget(Arc<BudgetCore>);

struct BudgetCore {
    limit: usize,
    state: Mutex<BudgetState>,
}

#[derive(Default)]
struct BudgetState {
    used: usize,
    /// Charged answers that the guest has not taken.
    answers: usize,
    /// Answers that wait for room. While there are any, calls in flight pause: they would produce more
    /// answers.
    waiting: usize,
    /// Tasks to wake when there is room.
    wakers: Vec<Waker>,
}

impl Default for Budget {
    /// An unlimited budget, for hosts that trust the code.
    fn default() -> Self {
        Self::new(usize::MAX)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("limit", &self.0.limit).field("used", &self.used()).finish()
    }
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self(Arc::new(BudgetCore { limit, state: Mutex::default() }))
    }

    pub(crate) fn limit(&self) -> usize {
        self.0.limit
    }

    /// Returns the number of charged bytes.
    pub(crate) fn used(&self) -> usize {
        self.lock().used
    }

    /// Charges `bytes` until the returned charge is dropped.
    pub(crate) fn charge(&self, bytes: usize) -> Result<Charge, HostMemoryError> {
        let mut charge = self.empty_charge();
        charge.grow(bytes)?;
        Ok(charge)
    }

    /// Returns an empty charge, which can grow.
    pub(crate) fn empty_charge(&self) -> Charge {
        Charge { budget: self.clone(), bytes: 0 }
    }

    /// Waits until calls in flight may continue, that is, until no answer waits for room.
    pub(crate) fn poll_go_on(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.waiting == 0 {
            return Poll::Ready(());
        }
        state.register(context);
        Poll::Pending
    }

    /// Charges the answer of a call in flight as soon as there is room.
    ///
    /// It waits while the guest has answers to take, because taking them makes room. If there are no such
    /// answers and it still does not fit, it never will, and is refused.
    pub(crate) async fn hold_answer(&self, bytes: usize) -> Result<AnswerCharge, HostMemoryError> {
        let mut waiting = None;
        poll_fn(|context| {
            let mut state = self.lock();
            if bytes <= self.0.limit - state.used {
                state.used += bytes;
                state.answers += 1;
                let charge = Charge { budget: self.clone(), bytes };
                return Poll::Ready(Ok(AnswerCharge(charge)));
            }
            if state.answers == 0 {
                return Poll::Ready(Err(HostMemoryError(self.0.limit)));
            }
            state.register(context);
            if waiting.is_none() {
                state.waiting += 1;
                waiting = Some(AnswerWait(self.clone()));
            }
            Poll::Pending
        })
        .await
    }

    /// Changes the state and wakes the tasks that wait for it.
    fn release(&self, change: impl FnOnce(&mut BudgetState)) {
        let wakers = {
            let mut state = self.lock();
            change(&mut state);
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, BudgetState> {
        // No code in here panics while it changes the state.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BudgetState {
    fn register(&mut self, context: &Context<'_>) {
        if !self.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            self.wakers.push(context.waker().clone());
        }
    }
}

/// Charged bytes. Dropping the charge releases them.
#[derive(Debug)]
#[must_use]
pub(crate) struct Charge {
    budget: Budget,
    bytes: usize,
}

impl Charge {
    /// Charges more bytes. On an error, the charge stays unchanged.
    pub(crate) fn grow(&mut self, more: usize) -> Result<(), HostMemoryError> {
        let limit = self.budget.limit();
        let mut state = self.budget.lock();
        if more > limit - state.used {
            return Err(HostMemoryError(limit));
        }
        state.used += more;
        self.bytes += more;
        Ok(())
    }

    /// Releases `less` bytes, or all if there are fewer.
    pub(crate) fn shrink(&mut self, less: usize) {
        let less = less.min(self.bytes);
        self.bytes -= less;
        self.budget.release(|state| state.used -= less);
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.shrink(self.bytes);
        }
    }
}

/// Charge of an answer that waits for the guest.
#[derive(Debug)]
#[must_use]
pub(crate) struct AnswerCharge(Charge);

impl Drop for AnswerCharge {
    fn drop(&mut self) {
        // Releases the bytes first: a task that the second change wakes must find room.
        self.0.shrink(self.0.bytes);
        self.0.budget.release(|state| state.answers -= 1);
    }
}

/// Counts an answer that waits for room.
struct AnswerWait(Budget);

impl Drop for AnswerWait {
    fn drop(&mut self) {
        self.0.release(|state| state.waiting -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;

    use super::*;

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_charge_is_refused_at_the_limit_and_given_back_when_it_is_dropped() {
        let budget = Budget::new(100);
        let mut charge = budget.charge(60).unwrap();
        assert_eq!(budget.charge(41).unwrap_err(), HostMemoryError(100));
        assert_eq!(charge.grow(41), Err(HostMemoryError(100)));
        charge.grow(40).unwrap();
        assert_eq!((charge.bytes(), budget.used()), (100, 100));
        charge.shrink(30);
        assert_eq!(budget.charge(usize::MAX).unwrap_err(), HostMemoryError(100));
        let other = budget.charge(30).unwrap();
        drop((charge, other));
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn an_answer_waits_while_others_do_and_holds_up_the_calls() {
        let budget = Budget::new(100);
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(first)) = poll(pin!(budget.hold_answer(60))) else { panic!("it fits") };
        assert!(budget.poll_go_on(&mut context).is_ready());
        let mut second = pin!(budget.hold_answer(60));
        assert!(poll(second.as_mut()).is_pending());
        assert!(budget.poll_go_on(&mut context).is_pending());
        drop(first);
        assert!(matches!(poll(second.as_mut()), Poll::Ready(Ok(_))));
        assert!(budget.poll_go_on(&mut context).is_ready());
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn an_answer_that_can_never_fit_is_refused() {
        let budget = Budget::new(100);
        assert!(matches!(poll(pin!(budget.hold_answer(101))), Poll::Ready(Err(HostMemoryError(100)))));
        // The arguments of calls in flight may stay charged until after the answer arrives.
        let arguments = budget.charge(50).unwrap();
        let Poll::Ready(Ok(first)) = poll(pin!(budget.hold_answer(10))) else { panic!("it fits") };
        let mut second = pin!(budget.hold_answer(60));
        assert!(poll(second.as_mut()).is_pending());
        drop(first);
        assert!(matches!(poll(second.as_mut()), Poll::Ready(Err(_))));
        drop(arguments);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn who_no_longer_waits_holds_up_nobody() {
        let budget = Budget::new(100);
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(_first)) = poll(pin!(budget.hold_answer(100))) else { panic!("it fits") };
        {
            let mut second = Box::pin(budget.hold_answer(1));
            assert!(poll(second.as_mut()).is_pending());
            assert!(budget.poll_go_on(&mut context).is_pending());
        }
        assert!(budget.poll_go_on(&mut context).is_ready());
    }
}
