//! Failed executions.

use std::fmt;
use std::time::Duration;

use super::exception::Exception;
use super::output::Output;

/// A failed execution, with its output so far.
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
    /// Reason for the failure.
    pub cause: Cause,
    /// Output so far; its value is `None`.
    pub output: Output,
}

impl Failure {
    /// Makes a failure with this cause.
    pub(crate) fn new(cause: Cause, output: Output) -> Self {
        Self { cause, output }
    }

    /// Returns whether the execution exceeded a limit on time: [wall time](Cause::WallTime) or [CPU
    /// time](Cause::CpuTime).
    pub fn is_timeout(&self) -> bool {
        matches!(self.cause, Cause::WallTime(_) | Cause::CpuTime(_))
    }

    /// Returns whether memory ran out: the [interpreter's](Cause::Memory) or its budget of [host
    /// memory](Cause::HostMemory). Code that raised `MemoryError` failed with an exception instead.
    pub fn is_memory(&self) -> bool {
        matches!(self.cause, Cause::Memory(_) | Cause::HostMemory(_))
    }

    /// Returns whether the execution exceeded any limit: time, instructions, memory or output.
    pub fn is_limit(&self) -> bool {
        self.is_timeout() || self.is_memory() || matches!(self.cause, Cause::Fuel(_) | Cause::OutputLimit(_))
    }

    /// Returns whether a [`CancelToken`](crate::CancelToken) stopped the execution.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.cause, Cause::Cancelled)
    }

    /// Returns whether the interpreter crashed. The host is not affected.
    pub fn is_crash(&self) -> bool {
        matches!(self.cause, Cause::Crash(_))
    }

    /// Returns whether Python raised an exception; see [`exception`](Self::exception).
    pub fn is_exception(&self) -> bool {
        matches!(self.cause, Cause::Exception(_))
    }

    /// Returns the Python exception, if that is the cause.
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

/// Causes of failed executions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// Python raised an exception. The session continues.
    #[error("{0}")]
    Exception(Exception),
    /// The execution exceeded the limit on wall time. The session has ended.
    #[error("the code did not end within {0:?}")]
    WallTime(Duration),
    /// The execution exceeded the limit on CPU time. The session has ended.
    #[error("the code used more than {0:?} of CPU time")]
    CpuTime(Duration),
    /// The execution exceeded the limit on instructions. The session has ended.
    #[error("the code executed more than {0} instructions")]
    Fuel(u64),
    /// Memory ran out (the limit in bytes) where Python cannot raise `MemoryError`, or the code kept asking
    /// for more. The session has ended.
    #[error("the code ran out of memory at its limit of {0} bytes")]
    Memory(usize),
    /// The code made the host hold more memory than the limit allows (in bytes), where Python cannot handle
    /// the error: its value is too large, or one call passed too much data. The session has ended.
    #[error(
        "the code made the host hold more than {0} bytes of memory, through its value or the data it passed; \
         Limits::with_host_memory raises the limit"
    )]
    HostMemory(usize),
    /// A [`CancelToken`](crate::CancelToken) was cancelled. The session has ended; an execution that was
    /// cancelled while it waited for a slot never started.
    #[error("the execution was cancelled")]
    Cancelled,
    /// The execution exceeded the limit on output. The session has ended.
    #[error("the code wrote more than {0} bytes of output")]
    OutputLimit(usize),
    /// The code ended the interpreter without unwinding (`os._exit`); the exit status does not reach the
    /// host. The session has ended.
    #[error("the code ended the interpreter with os._exit")]
    Exit,
    /// The interpreter crashed: its stack overflowed, or native code failed. The session has ended; the host
    /// is not affected.
    #[error("the interpreter crashed: {0}")]
    Crash(String),
}
