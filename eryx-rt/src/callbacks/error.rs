//! The error of a callback.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

use eryx_runtime::bindings::eryx::sandbox::host::CallError;

/// An error of a callback, and the Python exception that it becomes.
///
/// A callback's error can be any type that implements [`Display`](fmt::Display); Python raises it as
/// `eryx.CallbackError` with its text. This type chooses the exception:
///
/// ```
/// use eryx_rt::{CallbackError, Sandbox};
/// let builder = Sandbox::builder().with_callback("price", |item: String| async move {
///     match item.as_str() {
///         "spam" => Ok(42),
///         _ => Err(CallbackError::of_kind("KeyError", item)),
///     }
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackError {
    kind: Cow<'static, str>,
    message: String,
}

impl CallbackError {
    /// Makes an error that Python raises as `eryx.CallbackError`.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { kind: Cow::Borrowed(""), message: message.to_string() }
    }

    /// Makes an error that Python raises as a built-in exception, for example `"ValueError"`, `"KeyError"` or
    /// `"PermissionError"`. Any other name, and a name of a class outside `Exception`, is raised as
    /// `eryx.CallbackError`.
    pub fn of_kind(kind: impl Into<Cow<'static, str>>, message: impl fmt::Display) -> Self {
        Self { kind: kind.into(), message: message.to_string() }
    }

    /// Returns the name of the exception; empty for `eryx.CallbackError`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the message of the exception.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Makes the error that Python raises for a wrong call.
    pub(super) fn type_error(message: impl fmt::Display) -> Self {
        Self::of_kind("TypeError", message)
    }

    /// Makes the error of an exceeded limit.
    pub(super) fn refused(message: impl fmt::Display) -> Self {
        Self::new(format_args!("the host refused: {message}"))
    }

    /// Converts an error: a `CallbackError`, also one in a box, keeps its kind; any other error keeps only
    /// its text.
    pub(super) fn from_display<E: fmt::Display + 'static>(error: &E) -> Self {
        type Boxed = Box<dyn std::error::Error + Send + Sync>;
        let any: &dyn Any = error;
        let inside = || any.downcast_ref::<Boxed>().and_then(|boxed| boxed.downcast_ref::<Self>());
        match any.downcast_ref::<Self>().or_else(inside) {
            Some(this) => this.clone(),
            None => Self::new(error),
        }
    }
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.kind, self.message)
        }
    }
}

impl std::error::Error for CallbackError {}

impl From<CallbackError> for CallError {
    fn from(CallbackError { kind, message }: CallbackError) -> Self {
        Self { kind: kind.into_owned(), message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_kind_through_a_box() {
        let error = CallbackError::of_kind("KeyError", "spam");
        assert_eq!(CallbackError::from_display(&error), error);
        let boxed: Box<dyn std::error::Error + Send + Sync> = error.clone().into();
        assert_eq!(CallbackError::from_display(&boxed), error);
        assert_eq!(CallbackError::from_display(&"text"), CallbackError::new("text"));
    }
}
