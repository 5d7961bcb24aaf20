//! CPU time of an execution: time of the thread while it polls the guest, without the host's own functions.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Measures the CPU time of one execution after another.
///
/// A guest moves from thread to thread, but runs on one at a time: the atomics only allow sharing the meter.
#[derive(Debug, Default)]
pub(crate) struct CpuMeter {
    /// Nanoseconds that the guest used in this execution.
    used: AtomicU64,
    /// Nanoseconds of the current poll that host functions used.
    elsewhere: AtomicU64,
}

impl CpuMeter {
    /// Returns the CPU time of the execution so far.
    pub(crate) fn used(&self) -> Duration {
        Duration::from_nanos(self.used.load(Ordering::Relaxed))
    }

    /// Begins another execution.
    pub(crate) fn restart(&self) {
        self.used.store(0, Ordering::Relaxed);
    }

    /// Runs `poll`, which runs guest code, and counts its time.
    pub(crate) fn count<T>(&self, poll: impl FnOnce() -> T) -> T {
        self.elsewhere.store(0, Ordering::Relaxed);
        let started = thread_time();
        let result = poll();
        let spent = (thread_time() - started).saturating_sub(self.elsewhere.load(Ordering::Relaxed));
        self.used.fetch_add(spent, Ordering::Relaxed);
        result
    }

    /// Polls a future that the guest waits for, on the guest's thread, without counting its time.
    pub(crate) async fn not_counted<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|context| -> Poll<F::Output> {
            let started = thread_time();
            let result = future.as_mut().poll(context);
            self.elsewhere.fetch_add(thread_time() - started, Ordering::Relaxed);
            result
        })
        .await
    }
}

/// Returns the CPU time of this thread in nanoseconds. It stands still while another thread or process has
/// the core.
fn thread_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    // The kernel returns neither value below zero.
    time.tv_sec.unsigned_abs() * 1_000_000_000 + u64::from(time.tv_nsec.unsigned_abs() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spin(time: Duration) {
        let until = thread_time() + time.as_nanos() as u64;
        while thread_time() < until {}
    }

    #[test]
    fn sleep_is_not_counted_and_work_is() {
        let (meter, work) = (CpuMeter::default(), Duration::from_millis(5));
        meter.count(|| {
            spin(work);
            std::thread::sleep(2 * work);
        });
        meter.count(|| spin(work));
        assert!((2 * work..4 * work).contains(&meter.used()), "{:?}", meter.used());
        meter.restart();
        assert_eq!(meter.used(), Duration::ZERO);
    }

    #[test]
    fn work_of_the_host_is_not_counted() {
        let (meter, work) = (CpuMeter::default(), Duration::from_millis(10));
        let mut call = pin!(meter.not_counted(async { spin(work) }));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(meter.count(|| call.as_mut().poll(&mut context)).is_ready());
        assert!(meter.used() < work / 2, "{:?}", meter.used());
    }
}
