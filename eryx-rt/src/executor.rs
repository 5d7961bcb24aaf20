//! Runs a future for callers that are not asynchronous.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, Handle, Runtime};

thread_local! {
    /// One small runtime for each thread that calls; making one costs as much as a short execution.
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };

    /// Whether the thread does nothing but wait for a future of ours.
    static DEDICATED: Cell<bool> = const { Cell::new(false) };
}

/// Blocks until the future is done.
///
/// # Panics
/// When the system has no threads or handles left for a runtime.
pub(crate) fn block_on<F: Future<Output: Send> + Send>(future: F) -> F::Output {
    if Handle::try_current().is_ok() {
        // A thread that drives a runtime must not block in another one.
        return std::thread::scope(|scope| {
            match std::thread::Builder::new().spawn_scoped(scope, || run_here(future)) {
                Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(error) => panic!("no thread for a blocking call: {error}"),
            }
        });
    }
    run_here(future)
}

fn run_here<F: Future>(future: F) -> F::Output {
    // Taken out while it runs: a callback of this very execution may make a blocking call on this thread.
    let runtime = RUNTIME.take().unwrap_or_else(|| {
        let mut builder = Builder::new_current_thread();
        builder.enable_time();
        #[cfg(feature = "network")]
        builder.enable_io();
        builder.build().unwrap_or_else(|error| panic!("no runtime: {error}"))
    });
    let output = dedicated(|| {
        runtime.block_on(async {
            let output = future.await;
            // Calls that were in flight are cancelled by now. Nothing drives this runtime until the next blocking call, so
            // they are let go of here, with what they hold.
            tokio::task::yield_now().await;
            output
        })
    });
    RUNTIME.set(Some(runtime));
    output
}

fn dedicated<T>(work: impl FnOnce() -> T) -> T {
    struct DedicatedGuard(bool);
    impl Drop for DedicatedGuard {
        fn drop(&mut self) {
            DEDICATED.set(self.0);
        }
    }
    let _restore = DedicatedGuard(DEDICATED.replace(true));
    work()
}

/// Blocks until the future is done, which is mostly done at once.
///
/// # Panics
/// As [`block_on`].
pub(crate) fn finish<F: Future<Output: Send> + Send>(future: F) -> F::Output {
    let mut future = pin!(future);
    let first = dedicated(|| future.as_mut().poll(&mut Context::from_waker(Waker::noop())));
    match first {
        Poll::Ready(output) => output,
        Poll::Pending => block_on(future),
    }
}

/// Does what may block, where that holds up nobody: on this thread if it has nothing else to do, otherwise on one of
/// tokio's for such work. What was begun is finished even if nobody waits for it any more.
///
/// # Panics
/// When `work` does, or outside of a tokio runtime.
pub(crate) async fn off_the_executor<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    if DEDICATED.get() {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is being shut down.
            Err(error) => Err(io::Error::other(error)),
        },
    }
}
