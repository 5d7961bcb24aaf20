//! Memory and table limits of one interpreter.

use wasmtime::ResourceLimiter;

/// Elements a guest's tables may have. CPython with many extensions needs some tens of thousands.
const MAX_TABLE_ELEMENTS: usize = 1_000_000;

/// Says yes or no when the guest wants to grow.
#[derive(Debug)]
pub(crate) struct Limiter {
    /// Most linear memory, in bytes.
    pub(crate) memory: usize,
    /// Largest size so far, in bytes.
    pub(crate) peak: usize,
    /// Whether memory was refused since this was last cleared.
    pub(crate) refused: bool,
    /// Largest size the guest asked for, in bytes.
    pub(crate) largest_request: usize,
}

impl Default for Limiter {
    fn default() -> Self {
        Self { memory: usize::MAX, peak: 0, refused: false, largest_request: 0 }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        // A refusal is `MemoryError` in Python; code may handle it and go on.
        self.largest_request = self.largest_request.max(desired);
        let allowed = desired <= self.memory;
        if allowed {
            self.peak = self.peak.max(desired);
        } else {
            self.refused = true;
        }
        Ok(allowed)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE_ELEMENTS)
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
    }
}
