//! Cancellation: a handle that stops executions from elsewhere.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use super::turn;

/// Stops executions: all executions, running or future, of a sandbox that [got](crate::Sandbox::with_cancel) the
/// token or a clone of it.
///
/// Dropping its future also stops an execution. The token is for code that does not hold the future: another
/// task, a signal handler, or a thread that called [`execute_blocking`](crate::Sandbox::execute_blocking).
/// The type belongs to this crate, so that its interface does not depend on one of the async ecosystem's
/// token types. If you have such a token already, use `select!`, or spawn a task that waits for it and calls
/// [`cancel`](Self::cancel).
///
/// ```no_run
/// # async fn example(sandbox: eryx_rt::Sandbox) {
/// use eryx_rt::{CancelToken, Cause};
/// let token = CancelToken::new();
/// let endless = tokio::spawn({
///     let sandbox = sandbox.with_cancel(&token);
///     async move { sandbox.execute("while True: pass").await }
/// });
/// token.cancel();
/// let error = endless.await.unwrap().unwrap_err();
/// assert_eq!(error.failure().unwrap().cause, Cause::Cancelled);
/// # }
/// ```
#[derive(Clone, Default)]
pub struct CancelToken(Arc<TokenState>);

#[derive(Default)]
struct TokenState {
    cancelled: AtomicBool,
    waiting: Arc<Notify>,
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken").field("cancelled", &self.is_cancelled()).finish()
    }
}

impl CancelToken {
    /// Makes a token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the executions of the token and prevents new ones. This cannot be undone. It does not wait: an
    /// execution has ended when its future completes.
    pub fn cancel(&self) {
        if !self.0.cancelled.swap(true, Ordering::SeqCst) {
            self.0.waiting.notify_waiters();
            // A spinning execution waits in its executor's queue: in a round, the others skip their turns.
            turn::call_round();
        }
    }

    /// Returns whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Waits for [`cancel`](Self::cancel). Callbacks can use it to stop work that they started elsewhere.
    pub async fn cancelled(&self) {
        Cancellation::on(std::slice::from_ref(self)).await;
    }
}

/// Completes as soon as one of several tokens is cancelled.
pub(crate) struct Cancellation {
    tokens: Vec<CancelToken>,
    notified: Vec<Pin<Box<OwnedNotified>>>,
}

impl Cancellation {
    pub(crate) fn on(tokens: &[CancelToken]) -> Self {
        let notified = tokens.iter().map(|token| {
            let mut notified = Box::pin(Arc::clone(&token.0.waiting).notified_owned());
            // Registers now, so that a cancellation before the first poll is not missed.
            notified.as_mut().enable();
            notified
        });
        let notified = notified.collect();
        Self { tokens: tokens.to_vec(), notified }
    }
}

impl Future for Cancellation {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.tokens.iter().any(CancelToken::is_cancelled)
            || self.notified.iter_mut().any(|one| one.as_mut().poll(context).is_ready())
        {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_with_any_of_the_tokens_and_at_once_if_one_is_cancelled() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let tokens = [CancelToken::new(), CancelToken::new()];
            let waiting = tokio::spawn(Cancellation::on(&tokens));
            tokio::task::yield_now().await;
            assert!(!waiting.is_finished());
            tokens[1].cancel();
            waiting.await.unwrap();
            tokens[1].cancelled().await;
            Cancellation::on(&tokens).await;
            assert!(!tokens[0].is_cancelled());
            // The token is cancelled before the first poll.
            let late = Cancellation::on(&tokens[..1]);
            tokens[0].clone().cancel();
            late.await;
        });
    }
}
