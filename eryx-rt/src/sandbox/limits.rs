//! What one interpreter may use.

use std::time::Duration;

/// Limits on one interpreter. Each holds on its own, however many run at once.
///
/// ```
/// use std::time::Duration;
/// use eryx_rt::Limits;
/// let limits = Limits::default().memory(256 << 20).wall_time(Duration::from_secs(2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Limits {
    pub(crate) memory: usize,
    pub(crate) wall_time: Duration,
    pub(crate) output: usize,
}

impl Default for Limits {
    /// 512 MiB of memory, 30 seconds for each execution, 16 MiB of output.
    fn default() -> Self {
        Self { memory: 512 << 20, wall_time: Duration::from_secs(30), output: 16 << 20 }
    }
}

impl Limits {
    /// Linear memory of the interpreter, in bytes: its heap with everything in it, from the start image on. Python
    /// code that asks for more gets `MemoryError`.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// Time from the start of an execution to its end, sleeping and waiting included.
    pub fn wall_time(mut self, time: Duration) -> Self {
        self.wall_time = time;
        self
    }

    /// Output of one execution, both streams together, in bytes.
    pub fn output(mut self, bytes: usize) -> Self {
        self.output = bytes;
        self
    }
}
