//! Memory and table limits of one interpreter.

use wasmtime::ResourceLimiter;

/// Number of refused memory requests after which an execution is stopped. Code that handles `MemoryError`
/// meets it a few times; code that asks in a loop would occupy the host until its time is up.
const MOST_REFUSALS: u32 = 10_000;

/// The code kept asking for memory beyond its limit.
#[derive(Debug, thiserror::Error)]
#[error("the code asked {MOST_REFUSALS} times for more memory than it may have")]
pub(crate) struct MemoryLimitError;

/// Allows or refuses growth of the guest's memory and tables.
#[derive(Debug)]
pub(crate) struct Limiter {
    /// Maximum linear memory, in bytes.
    pub(crate) memory: usize,
    /// Maximum number of elements per table: functions that can be called through a pointer.
    pub(crate) table_elements: usize,
    /// Largest size so far, in bytes.
    pub(crate) peak: usize,
    /// Whether memory was refused in this execution.
    pub(crate) refused: bool,
    /// Largest size that the guest requested, in bytes.
    pub(crate) largest_request: usize,
    refusals: u32,
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            memory: usize::MAX,
            table_elements: usize::MAX,
            peak: 0,
            refused: false,
            largest_request: 0,
            refusals: 0,
        }
    }
}

impl Limiter {
    /// Begins another execution: resets the refusals.
    pub(crate) fn begin(&mut self) {
        (self.refused, self.refusals) = (false, 0);
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        // A refusal is `MemoryError` in Python; code may handle it and continue.
        self.largest_request = self.largest_request.max(desired);
        if desired <= self.memory {
            self.peak = self.peak.max(desired);
            return Ok(true);
        }
        self.refused = true;
        self.refusals += 1;
        if self.refusals > MOST_REFUSALS {
            return Err(MemoryLimitError.into());
        }
        Ok(false)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= self.table_elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_refused_at_the_limit_and_the_peak_is_what_was_granted() {
        let mut limiter = Limiter { memory: 100, ..Limiter::default() };
        assert!(limiter.memory_growing(0, 100, None).unwrap());
        assert!(!limiter.refused);
        assert!(!limiter.memory_growing(100, 101, None).unwrap());
        assert!(limiter.refused);
        assert_eq!((limiter.peak, limiter.largest_request), (100, 101));
        limiter.begin();
        assert!(!limiter.refused);
    }

    #[test]
    fn who_never_stops_asking_is_stopped() {
        let mut limiter = Limiter { memory: 100, ..Limiter::default() };
        for _ in 0..2 {
            for _ in 0..MOST_REFUSALS {
                assert!(!limiter.memory_growing(0, 101, None).unwrap());
            }
            assert!(limiter.memory_growing(0, 101, None).unwrap_err().is::<MemoryLimitError>());
            limiter.begin();
        }
    }

    #[test]
    fn tables_grow_to_their_limit() {
        let mut limiter = Limiter { table_elements: 10, ..Limiter::default() };
        assert!(limiter.table_growing(0, 10, None).unwrap());
        assert!(!limiter.table_growing(10, 11, None).unwrap());
    }
}
