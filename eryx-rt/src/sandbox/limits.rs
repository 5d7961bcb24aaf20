//! What one interpreter may use.

use std::time::Duration;

use crate::host::Quota;

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
    pub(crate) file_bytes: u64,
    pub(crate) files: usize,
    pub(crate) open_files: usize,
    pub(crate) callbacks: u64,
    pub(crate) callback_time: Option<Duration>,
}

impl Default for Limits {
    /// 512 MiB of memory, 30 seconds for each execution, 16 MiB of output, 64 MiB in 10,000 files, 256 of them open,
    /// 10,000 calls of callbacks in each execution.
    fn default() -> Self {
        Self {
            memory: 512 << 20,
            wall_time: Duration::from_secs(30),
            output: 16 << 20,
            file_bytes: 64 << 20,
            files: 10_000,
            open_files: 256,
            callbacks: 10_000,
            callback_time: None,
        }
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

    /// Lengths of all files in memory together, in bytes; holes count as if they were written. Python code that
    /// writes more gets `OSError`.
    pub fn file_bytes(mut self, bytes: u64) -> Self {
        self.file_bytes = bytes;
        self
    }

    /// Number of files and folders in memory. Python code that makes more gets `OSError`.
    pub fn files(mut self, count: usize) -> Self {
        self.files = count;
        self
    }

    /// Number of files and folders that are open at once, the root folder among them. Python code that opens more gets
    /// `OSError`.
    pub fn open_files(mut self, count: usize) -> Self {
        self.open_files = count;
        self
    }

    /// Number of calls of callbacks in one execution. Python code that calls more gets `eryx.CallbackError`. A callback can
    /// have a limit of its own, with [`Callback::call_limit`](crate::Callback::call_limit).
    pub fn callbacks(mut self, count: u64) -> Self {
        self.callbacks = count;
        self
    }

    /// Time that each call of a callback may take, besides what
    /// [`Callback::time_limit`](crate::Callback::time_limit) says; then Python gets `TimeoutError`. By default only the
    /// wall time of the execution counts.
    pub fn callback_time(mut self, time: Duration) -> Self {
        self.callback_time = Some(time);
        self
    }

    pub(crate) fn quota(&self) -> Quota {
        Quota { bytes: self.file_bytes, nodes: self.files }
    }
}
