//! Errors of reading wheels.

use std::fmt;

/// Why a wheel cannot be used.
///
/// ```
/// use eryx_wheel::WheelName;
/// let error = "six.whl".parse::<WheelName>().unwrap_err();
/// assert!(error.to_string().starts_with("`six.whl` is not the file name of a wheel"));
/// ```
#[derive(Debug)]
pub struct Error {
    message: String,
    help: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync + 'static>>,
}

/// Result of reading a wheel.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Creates an error with a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, source: None }
    }

    /// Adds the next step, such as another version to pin.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns the next step: this error's, else that of the nearest cause that has one.
    pub fn help_text(&self) -> Option<&str> {
        let first: &(dyn std::error::Error + 'static) = self;
        std::iter::successors(Some(first), |error| error.source())
            .find_map(|error| error.downcast_ref::<Self>()?.own_help())
    }

    /// Returns the next step of this error itself.
    pub fn own_help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Splits the error into message, help and cause, for the caller's own error type.
    #[doc(hidden)]
    #[allow(clippy::type_complexity)]
    pub fn into_parts(
        self,
    ) -> (String, Option<String>, Option<Box<dyn std::error::Error + Send + Sync + 'static>>) {
        (self.message, self.help, self.source)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Adds the failed operation to a lower-level error, for example "cannot read `six.whl`".
pub trait Context<T> {
    /// Wraps an error in a message. The message is only made on failure.
    ///
    /// # Errors
    /// When `self` is an error.
    fn context<M: Into<String>>(self, message: impl FnOnce() -> M) -> Result<T>;
}

impl<T, E: Into<Box<dyn std::error::Error + Send + Sync + 'static>>> Context<T>
    for std::result::Result<T, E>
{
    fn context<M: Into<String>>(self, message: impl FnOnce() -> M) -> Result<T> {
        self.map_err(|error| Error::new(message()).because(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_found_in_causes() {
        let inner = Error::new("inner").help("do this");
        // An `io::Error` does not show the error that it wraps as its source, but that error's source.
        let outer = Error::new("outer").because(std::io::Error::other(Error::new("middle").because(inner)));
        assert_eq!(outer.help_text(), Some("do this"));
        assert_eq!(outer.own_help(), None);
    }
}
