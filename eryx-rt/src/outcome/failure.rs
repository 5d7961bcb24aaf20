//! Executions that did not end well.

use std::fmt;
use std::time::Duration;

use super::exception::Exception;
use super::output::Output;

/// An execution that did not end well, and its output until then.
///
/// ```no_run
/// # fn example(sandbox: eryx_rt::Sandbox) {
/// match sandbox.execute_blocking("while True: pass") {
///     Err(eryx_rt::Error::Execution(failure)) if failure.is_timeout() => println!("too slow: {failure}"),
///     Err(error) => println!("{error}"),
///     Ok(output) => println!("{}", output.stdout),
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Failure {
    /// Why it ended.
    pub cause: Cause,
    /// What it wrote; the value is `None`.
    pub output: Output,
}

impl Failure {
    /// A failure with this cause.
    pub(crate) fn new(cause: Cause, output: Output) -> Self {
        Self { cause, output }
    }

    /// Whether the execution passed a limit on time: [wall time](Cause::WallTime) or [CPU time](Cause::CpuTime).
    pub fn is_timeout(&self) -> bool {
        matches!(self.cause, Cause::WallTime(_) | Cause::CpuTime(_))
    }

    /// Whether memory ran out: the [interpreter's](Cause::Memory), or what it may make the [host](Cause::HostMemory)
    /// hold. Code that raised `MemoryError` failed with an exception instead.
    pub fn is_memory(&self) -> bool {
        matches!(self.cause, Cause::Memory(_) | Cause::HostMemory(_))
    }

    /// Whether the execution passed any limit: time, instructions, memory, output.
    pub fn is_limit(&self) -> bool {
        self.is_timeout() || self.is_memory() || matches!(self.cause, Cause::Fuel(_) | Cause::OutputLimit(_))
    }

    /// Whether a [`CancelToken`](crate::CancelToken) stopped the execution.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.cause, Cause::Cancelled)
    }

    /// Whether the interpreter crashed. The host is not affected.
    pub fn is_crash(&self) -> bool {
        matches!(self.cause, Cause::Crash(_))
    }

    /// Whether Python raised an exception; see [`exception`](Self::exception).
    pub fn is_exception(&self) -> bool {
        matches!(self.cause, Cause::Exception(_))
    }

    /// The Python exception, if that is the cause.
    pub fn exception(&self) -> Option<&Exception> {
        match &self.cause {
            Cause::Exception(exception) => Some(exception),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

/// Why an execution did not end well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// Python raised. The session lives on.
    #[error("{0}")]
    Exception(Exception),
    /// The limit on wall time was passed. The session has ended.
    #[error("the code did not end within {0:?}")]
    WallTime(Duration),
    /// The limit on CPU time was passed. The session has ended.
    #[error("the code used more than {0:?} of CPU time")]
    CpuTime(Duration),
    /// The limit on instructions was passed. The session has ended.
    #[error("the code executed more than {0} instructions")]
    Fuel(u64),
    /// Memory ran out (the limit in bytes) where Python cannot raise `MemoryError`, or the code went on asking for it.
    /// The session has ended.
    #[error("the code ran out of memory at its limit of {0} bytes")]
    Memory(usize),
    /// The code made the host hold more memory than it may (the limit in bytes), where Python cannot handle that: its
    /// value is too large, or it handed over too much at once. The session has ended.
    #[error(
        "the code made its host hold more than {0} bytes of memory, with a value or with what it handed over; \
         Limits::with_host_memory raises the limit"
    )]
    HostMemory(usize),
    /// A [`CancelToken`](crate::CancelToken) was cancelled. The session has ended; if it was cancelled while it waited
    /// for a slot, it never started.
    #[error("the execution was cancelled")]
    Cancelled,
    /// The limit on output was passed. The session has ended.
    #[error("the code wrote more than {0} bytes of output")]
    OutputLimit(usize),
    /// The code ended the interpreter without unwinding (`os._exit`); its status does not reach the host. The session
    /// has ended.
    #[error("the code ended the interpreter with os._exit")]
    Exit,
    /// The interpreter crashed: its stack overflowed, or native code went wrong. The session has ended; the host is not
    /// affected.
    #[error("the interpreter crashed: {0}")]
    Crash(String),
}
