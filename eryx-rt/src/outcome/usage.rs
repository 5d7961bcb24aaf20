//! What an execution used.

use std::time::Duration;

/// What an execution used, whether it ended well or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Time from its start to its end, sleeping and waiting included.
    pub wall_time: Duration,
    /// Time that a CPU ran the guest, without functions of the host.
    pub cpu_time: Duration,
    /// Largest size of the interpreter's memory so far, in bytes: in a session, that of earlier executions too, because
    /// WebAssembly memory never shrinks.
    pub peak_memory: usize,
    /// What it wrote to both streams together, in bytes.
    pub output_bytes: usize,
    /// Callbacks that it called.
    pub callbacks: u64,
}
