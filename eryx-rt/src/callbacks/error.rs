//! The error of a callback.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

use eryx_runtime::bindings::eryx::sandbox::host::CallError;

/// An error that a callback answers with, and the Python exception that it becomes.
///
/// Any type that implements [`Display`](fmt::Display) can be a callback's error, and is raised in Python as
/// `eryx.CallbackError` with its text. This one chooses the exception:
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
    /// An error that is raised as `eryx.CallbackError`.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { kind: Cow::Borrowed(""), message: message.to_string() }
    }

    /// An error that is raised as a built-in exception, such as `"ValueError"`, `"KeyError"` or `"PermissionError"`.
    /// What is not the name of one, or does not belong to `Exception`, is raised as `eryx.CallbackError`.
    pub fn of_kind(kind: impl Into<Cow<'static, str>>, message: impl fmt::Display) -> Self {
        Self { kind: kind.into(), message: message.to_string() }
    }

    /// Name of the exception; empty for `eryx.CallbackError`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What the exception says.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What Python raises itself when it is called wrongly.
    pub(super) fn type_error(message: impl fmt::Display) -> Self {
        Self::of_kind("TypeError", message)
    }

    /// A limit was passed.
    pub(super) fn refused(message: impl fmt::Display) -> Self {
        Self::new(format_args!("the host refused: {message}"))
    }

    /// This very error, if `error` is one or holds one, so that it keeps its kind; else its text.
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
