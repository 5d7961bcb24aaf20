//! Clocks and randomness of an interpreter: the system's, or simulated ones when a bundle is built.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Source of time and randomness: the system when a bundle runs, simulated when it is built.
pub trait Surroundings: Send {
    /// Returns the time since 1970-01-01.
    fn wall_clock(&mut self) -> Duration;

    /// Returns the time since a fixed moment; it never decreases.
    fn monotonic_clock(&mut self) -> Duration;

    /// Advances the monotonic clock, so that a copy of an interpreter continues from the snapshot's time.
    fn advance(&mut self, by: Duration) {
        let _ = by;
    }

    /// Fills `bytes` with cryptographically secure randomness.
    ///
    /// # Errors
    /// When the source fails.
    fn random(&mut self, bytes: &mut [u8]) -> wasmtime::Result<()>;
}

/// Surroundings that an interpreter shares with its open files, which need the time for writes.
#[derive(Clone)]
pub(crate) struct Clocks(Arc<Mutex<dyn Surroundings>>);

impl Clocks {
    pub(crate) fn new(surroundings: impl Surroundings + 'static) -> Self {
        Self(Arc::new(Mutex::new(surroundings)))
    }

    /// Returns the time since 1970-01-01.
    pub(crate) fn wall(&self) -> Duration {
        self.lock().wall_clock()
    }

    /// Returns the time since a fixed moment.
    pub(crate) fn monotonic(&self) -> Duration {
        self.lock().monotonic_clock()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.lock().advance(by);
    }

    /// Fills `bytes` with randomness.
    pub(crate) fn random(&self, bytes: &mut [u8]) -> wasmtime::Result<()> {
        self.lock().random(bytes)
    }

    fn lock(&self) -> MutexGuard<'_, dyn Surroundings + 'static> {
        // After a panic in it, the clock still tells the time.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Clocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clocks").finish_non_exhaustive()
    }
}

/// The system's clocks and its random source.
pub(crate) struct SystemClocks {
    started: Instant,
    /// Value of the monotonic clock at `started`.
    before: Duration,
}

impl SystemClocks {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), before: Duration::ZERO }
    }
}

impl Surroundings for SystemClocks {
    fn wall_clock(&mut self) -> Duration {
        // A system clock before 1970 was never set.
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn monotonic_clock(&mut self) -> Duration {
        self.before + self.started.elapsed()
    }

    fn advance(&mut self, by: Duration) {
        self.before += by;
    }

    fn random(&mut self, bytes: &mut [u8]) -> wasmtime::Result<()> {
        fill_random(bytes).map_err(wasmtime::Error::msg)
    }
}

/// Fills `bytes` with the system's randomness, or returns a message about the failure.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), String> {
    let mut filled = 0;
    while filled < bytes.len() {
        match rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(format!("the system provides no randomness: {error}")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_fills_all_of_it() {
        let mut bytes = [0; 1000];
        SystemClocks::new().random(&mut bytes).unwrap();
        assert!(bytes.chunks(100).all(|chunk| chunk.iter().any(|&byte| byte != 0)));
    }

    #[test]
    fn the_monotonic_clock_moves_on() {
        let mut system = SystemClocks::new();
        let before = system.monotonic_clock();
        assert!(system.monotonic_clock() >= before);
    }
}
