//! Resource usage of an execution.

use std::time::Duration;

/// Resources that an execution used, whether it succeeded or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Time from its start to its end, including sleeping and waiting.
    pub wall_time: Duration,
    /// CPU time of the guest, without functions of the host.
    pub cpu_time: Duration,
    /// Largest size of the interpreter's memory so far, in bytes. In a session this includes earlier
    /// executions, because WebAssembly memory never shrinks.
    pub peak_memory: usize,
    /// Bytes written to both streams together.
    pub output_bytes: usize,
    /// Number of callback calls.
    pub callbacks: u64,
}
