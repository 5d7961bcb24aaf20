//! What comes of an execution.

use std::fmt;
use std::time::Duration;

use eryx_runtime::bindings::eryx::sandbox::types;
use serde_json::Value;

use crate::host::Sink;

/// What an execution wrote, and the value it ended with.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Output {
    /// What went to standard output. Bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// What went to standard error. Bytes that are not UTF-8 are replaced.
    pub stderr: String,
    /// Value of the last statement, if that is an expression and JSON can hold its value. `None` stands for Python's
    /// `None` too.
    pub value: Option<Value>,
    /// Wall time the execution took.
    pub elapsed: Duration,
}

impl Output {
    /// Takes what the sink holds.
    pub(crate) fn collect(sink: &Sink, value: Option<Value>, elapsed: Duration) -> Self {
        let text = |bytes| {
            String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
        };
        let (stdout, stderr) = sink.take();
        Self { stdout: text(stdout), stderr: text(stderr), value, elapsed }
    }
}

/// A Python exception that left the code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// Qualified name of the type, such as `ValueError` or `json.decoder.JSONDecodeError`.
    pub kind: String,
    /// `str()` of the exception.
    pub message: String,
    /// The traceback as Python prints it.
    pub traceback: String,
    /// For `SystemExit`, the status that a process would have ended with.
    pub exit_code: Option<i32>,
}

impl From<types::Exception> for Exception {
    fn from(exception: types::Exception) -> Self {
        let types::Exception { kind, message, traceback, exit_code } = exception;
        Self { kind, message, traceback, exit_code }
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            f.write_str(&self.kind)
        } else {
            write!(f, "{}: {}", self.kind, self.message)
        }
    }
}

impl std::error::Error for Exception {}

/// An execution that did not end well, and what it had written by then.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Failure {
    /// Why it ended.
    pub cause: Cause,
    /// What it wrote; the value is `None`.
    pub output: Output,
}

impl Failure {
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

impl std::error::Error for Failure {}

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
