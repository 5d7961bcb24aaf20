//! What comes of an execution.

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Exception, Usage};
use crate::host::{Answered, Sink, shortened};
use crate::{Error, Result};

/// What an execution wrote, and the value it ended with.
///
/// Its size is bounded: both streams together by three times [`Limits::output`](crate::Limits::output) (a byte that is not
/// UTF-8 becomes a character of three), value or exception by [`Limits::host_memory`](crate::Limits::host_memory).
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Output {
    /// What went to standard output. Bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// What went to standard error. Bytes that are not UTF-8 are replaced.
    pub stderr: String,
    /// Value of the last statement if that is an expression, or of the variable that
    /// [`Code::with_result`](crate::Code::with_result) names. `None` stands for Python's `None` too, and for a value
    /// that JSON cannot hold, which is [`unrepresentable`](Self::unrepresentable) then.
    ///
    /// Tuples, sets, deques and numpy's arrays are lists here; dataclasses and pydantic's models are objects; dates,
    /// times, `Decimal`, `Fraction`, `UUID`, paths and UTF-8 bytes are text; a `timedelta` is its seconds, a member of an
    /// `Enum` its value. Integers of more than 64 bits become floating-point numbers.
    pub value: Option<Value>,
    /// A value that JSON cannot hold.
    pub unrepresentable: Option<Unrepresentable>,
    /// What the execution used.
    pub usage: Usage,
}

/// A value that JSON cannot hold, described.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("JSON cannot hold the code's value {repr}: {reason}")]
#[non_exhaustive]
pub struct Unrepresentable {
    /// Qualified name of its type, such as `re.Match`.
    pub kind: String,
    /// `repr()` of it, of which some thousand characters are kept.
    pub repr: String,
    /// Why JSON cannot hold it.
    pub reason: String,
}

impl Output {
    /// The [value](Self::value) as any type that serde can read.
    ///
    /// ```no_run
    /// # fn example(sandbox: eryx_rt::Sandbox) -> eryx_rt::Result<()> {
    /// let prices: Vec<(String, f64)> = sandbox.execute_blocking("[('spam', 42.0)]")?.value_as()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NoValue`] when there is none and `T` cannot be null, [`Error::Unrepresentable`] when JSON cannot hold it,
    /// [`Error::Value`] when it is not a `T`.
    pub fn value_as<T: DeserializeOwned>(&self) -> Result<T> {
        match (&self.value, &self.unrepresentable) {
            (Some(value), _) => T::deserialize(value).map_err(|source| Error::Value {
                value: shortened(&value.to_string()),
                wanted: std::any::type_name::<T>(),
                source,
            }),
            (None, Some(other)) => Err(Error::Unrepresentable(Box::new(other.clone()))),
            (None, None) => T::deserialize(Value::Null).map_err(|_| Error::NoValue),
        }
    }

    /// Takes what the sink holds.
    pub(crate) fn collect(sink: &Sink, usage: Usage) -> Self {
        let text = |bytes| {
            String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
        };
        let (stdout, stderr) = sink.take();
        Self { stdout: text(stdout), stderr: text(stderr), value: None, unrepresentable: None, usage }
    }

    /// Adds what the guest answered.
    pub(crate) fn with_value(mut self, value: Answered) -> Self {
        match value {
            Answered::None => {}
            Answered::Value(value) => self.value = Some(value),
            Answered::Unrepresentable { kind, repr, reason } => {
                self.unrepresentable = Some(Unrepresentable { kind, repr, reason });
            }
        }
        self
    }
}

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
    /// The code made the host hold more memory than it may (the limit in bytes), where Python cannot handle that: its
    /// value is too large, or it handed over too much at once. The session has ended.
    #[error(
        "the code made its host hold more than {0} bytes of memory, with a value or with what it handed over; \
         Limits::host_memory raises the limit"
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
