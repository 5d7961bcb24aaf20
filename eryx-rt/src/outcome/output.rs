//! Output and value of an execution.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::usage::Usage;
use super::value::{UnrepresentableValue, ValueError};
use crate::text::shortened;

/// What an execution wrote, and the value it ended with.
///
/// Its size is bounded: both streams together by three times [`Limits::with_output`](crate::Limits::with_output) (a byte that is not
/// UTF-8 becomes a character of three), value or exception by [`Limits::with_host_memory`](crate::Limits::with_host_memory).
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
    pub unrepresentable: Option<UnrepresentableValue>,
    /// What the execution used.
    pub usage: Usage,
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
    /// [`ValueError::Missing`] when there is none and `T` cannot be null, [`ValueError::Unrepresentable`] when JSON cannot
    /// hold it, [`ValueError::Mismatch`] when it is not a `T`.
    pub fn value_as<T: DeserializeOwned>(&self) -> Result<T, ValueError> {
        match (&self.value, &self.unrepresentable) {
            (Some(value), _) => T::deserialize(value).map_err(|source| ValueError::Mismatch {
                value: shortened(&value.to_string()),
                wanted: std::any::type_name::<T>(),
                source,
            }),
            (None, Some(other)) => Err(ValueError::Unrepresentable(Box::new(other.clone()))),
            (None, None) => T::deserialize(Value::Null).map_err(|_| ValueError::Missing),
        }
    }
}
