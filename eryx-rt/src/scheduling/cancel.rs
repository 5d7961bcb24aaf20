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

/// Stops executions: all that were, are or will be started by a sandbox that
/// [was given](crate::Sandbox::with_cancel) the token or a clone of it.
///
/// An execution can also be stopped by dropping its future. The token is for those who do not hold it: another task, a
/// signal handler, a thread that called [`execute_blocking`](crate::Sandbox::execute_blocking). It is a type of this
/// crate, so that none of the several of the async world is in its interface: whoever has one already writes
/// `select!`, or spawns a task that waits for theirs and calls [`cancel`](Self::cancel).
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
    /// A token that nobody has cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops what runs with the token, and what would. There is no way back. Does not wait: an execution has ended
    /// when its future is done.
    pub fn cancel(&self) {
        if !self.0.cancelled.swap(true, Ordering::SeqCst) {
            self.0.waiting.notify_waiters();
            // What spins waits in its executor's queue: the others let it pass.
            turn::call_round();
        }
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Waits for [`cancel`](Self::cancel). Callbacks use it to stop what they have begun elsewhere.
    pub async fn cancelled(&self) {
        Cancellation::on(std::slice::from_ref(self)).await;
    }
}

/// Done as soon as one of several tokens is cancelled.
pub(crate) struct Cancellation {
    tokens: Vec<CancelToken>,
    notified: Vec<Pin<Box<OwnedNotified>>>,
}

impl Cancellation {
    pub(crate) fn on(tokens: &[CancelToken]) -> Self {
        let notified = tokens.iter().map(|token| {
            let mut notified = Box::pin(Arc::clone(&token.0.waiting).notified_owned());
            // From here on no call is missed, whenever this is polled.
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
            // Cancelled before the first poll.
            let late = Cancellation::on(&tokens[..1]);
            tokens[0].clone().cancel();
            late.await;
        });
    }
}
