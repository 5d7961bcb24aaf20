//! Runs a future for callers that are not asynchronous.

use std::cell::RefCell;
use std::future::Future;

use tokio::runtime::{Builder, Handle, Runtime};

thread_local! {
    /// One small runtime for each thread that calls; making one costs as much as a short execution.
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

/// Blocks until the future is done.
///
/// # Panics
/// When the system has no threads or handles left for a runtime.
pub(super) fn run<F: Future<Output: Send> + Send>(future: F) -> F::Output {
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
    let output = runtime.block_on(future);
    RUNTIME.set(Some(runtime));
    output
}
