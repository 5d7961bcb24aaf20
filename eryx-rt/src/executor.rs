//! Runs futures for synchronous callers.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, Handle, Runtime};

thread_local! {
    /// One small runtime per calling thread; making one costs as much as a short execution.
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };

    /// Whether the thread only waits for one of our futures.
    static DEDICATED: Cell<bool> = const { Cell::new(false) };
}

/// Blocks until the future completes.
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
    // Taken out during the run: a callback of this execution may make a blocking call on this thread.
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
            // Calls in flight are cancelled by now. This runtime does not run again until the next
            // blocking call, so this yield lets it drop them, with their resources.
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

/// Blocks until the future completes; optimised for futures that are ready at the first poll.
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

/// Runs blocking work without holding up other tasks: on this thread if it is dedicated to us, otherwise on
/// one of tokio's blocking threads. Work that has started is finished even if the caller is dropped.
///
/// # Panics
/// When `work` panics, or outside of a tokio runtime.
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
            // The runtime is shutting down.
            Err(error) => Err(io::Error::other(error)),
        },
    }
}
