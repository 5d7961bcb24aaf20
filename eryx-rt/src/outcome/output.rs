//! Output and value of an execution.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::usage::Usage;
use super::value::{UnrepresentableValue, ValueError};
use crate::text::shortened;

/// Output of an execution, and its value.
///
/// Its size is bounded. Both streams together have at most three times
/// [`Limits::with_output`](crate::Limits::with_output), because an invalid UTF-8 byte becomes a character of
/// three bytes. [`Limits::with_host_memory`](crate::Limits::with_host_memory) bounds the value or exception.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Output {
    /// Text written to standard output. Invalid UTF-8 bytes are replaced.
    pub stdout: String,
    /// Text written to standard error. Invalid UTF-8 bytes are replaced.
    pub stderr: String,
    /// Value of the last statement if that is an expression, or of the variable that
    /// [`Code::with_result`](crate::Code::with_result) names. `None` stands for Python's `None`, and for a
    /// value that JSON cannot hold; the latter is in [`unrepresentable`](Self::unrepresentable).
    ///
    /// Tuples, sets, deques and numpy arrays become lists; dataclasses and pydantic models become objects;
    /// dates, times, `Decimal`, `Fraction`, `UUID`, paths and UTF-8 bytes become text; a `timedelta` becomes
    /// its seconds, a member of an `Enum` its value. Integers of more than 64 bits become floating-point
    /// numbers.
    pub value: Option<Value>,
    /// A value that JSON cannot hold.
    pub unrepresentable: Option<UnrepresentableValue>,
    /// Resources that the execution used.
    pub usage: Usage,
}

impl Output {
    /// Converts the [value](Self::value) to any type that serde can deserialise.
    ///
    /// ```no_run
    /// # fn example(sandbox: eryx_rt::Sandbox) -> eryx_rt::Result<()> {
    /// let prices: Vec<(String, f64)> = sandbox.execute_blocking("[('spam', 42.0)]")?.value_as()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ValueError::Missing`] when there is no value and `T` cannot be null, [`ValueError::Unrepresentable`]
    /// when JSON cannot hold the value, [`ValueError::Mismatch`] when it does not have the shape of `T`.
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
