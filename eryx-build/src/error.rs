//! The error type of the build side.
//!
//! The reader of an error wants to continue, so an error has three parts: the problem (the message, with its place),
//! the cause (the chain of sources) and the next step (the help).

use std::fmt;

use crate::wheel;

/// An error while building a bundle.
///
/// ```
/// use eryx_build::Error;
/// let error = Error::new("`six` has no version pin").help("write `six==1.17.0`");
/// assert_eq!(error.to_string(), "`six` has no version pin");
/// assert_eq!(error.help_text(), Some("write `six==1.17.0`"));
/// ```
#[derive(Debug)]
pub struct Error {
    message: String,
    help: Option<String>,
    blame: Option<Blame>,
    source: Option<Box<dyn std::error::Error + Send + Sync + 'static>>,
}

/// The part of the declaration that an error is about, so that a caller can point at its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// The key, such as `packages`.
    pub key: String,
    /// The item of that key's array, from 0; `None` means the whole key.
    pub index: Option<usize>,
}

/// Result of a build step.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Creates an error from a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, blame: None, source: None }
    }

    /// Adds the next step: the command to run, the line to change.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the place, such as `Cargo.toml:12:1`, to the first line of the message.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        let end = self.message.find('\n').unwrap_or(self.message.len());
        let end = self.message[..end].trim_end_matches(':').len();
        self.message.insert_str(end, &format!(" ({place})"));
        self
    }

    /// Sets the key of the declaration, and the item of its array, that the error is about.
    #[must_use]
    pub fn blame(mut self, key: impl Into<String>, index: Option<usize>) -> Self {
        self.blame = Some(Blame { key: key.into(), index });
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
        self.chain().find_map(|error| match error.downcast_ref::<Self>() {
            Some(error) => error.help.as_deref(),
            None => error.downcast_ref::<wheel::Error>()?.own_help(),
        })
    }

    /// Returns the part of the declaration to point at: this error's, else that of the nearest cause that has one.
    pub fn blamed(&self) -> Option<&Blame> {
        self.chain().find_map(|error| error.downcast_ref::<Self>()?.blame.as_ref())
    }

    /// Formats the error and its causes on one line.
    pub(crate) fn whole(&self) -> String {
        self.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }

    /// Iterates over this error and its causes.
    fn chain(&self) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
        let first: &(dyn std::error::Error + 'static) = self;
        std::iter::successors(Some(first), |error| error.source())
    }

    /// Wraps an error of wasmtime. Such errors have their own kind of chain, so the whole text is kept.
    #[allow(clippy::needless_pass_by_value)] // for `map_err`
    pub(crate) fn of_wasmtime(error: wasmtime::Error) -> Self {
        Self::new(format!("{error:#}"))
    }
}

/// Converts a wheel's error, with the same message, help and cause.
impl From<wheel::Error> for Error {
    fn from(error: wheel::Error) -> Self {
        let (message, help, source) = error.into_parts();
        Self { message, help, blame: None, source }
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

/// Adds the failed operation to a lower-level error, for example "cannot read `eryx.lock`".
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
    fn the_place_stands_in_the_first_line() {
        let at = |message: &str| Error::new(message).at("a.toml:1:2").to_string();
        assert_eq!(at("it broke"), "it broke (a.toml:1:2)");
        assert_eq!(at("these broke:\n  one:\n"), "these broke (a.toml:1:2):\n  one:\n");
    }

    #[test]
    fn help_and_blame_are_found_in_causes() {
        let inner = Error::new("inner").help("do this").blame("packages", Some(2));
        let outer = Error::new("outer").because(std::io::Error::other(Error::new("middle").because(inner)));
        // An `io::Error` does not show the error that it wraps as its source, but that error's source.
        assert_eq!(outer.help_text(), Some("do this"));
        assert_eq!(outer.blamed(), Some(&Blame { key: "packages".to_owned(), index: Some(2) }));
        let nearer = Error::new("top").blame("cpu", None).because(outer);
        assert_eq!(nearer.blamed().map(|blame| blame.key.as_str()), Some("cpu"));
        assert_eq!(nearer.help_text(), Some("do this"));
    }

    #[test]
    fn errors_of_wheels_keep_their_help_and_their_causes() {
        let broken = || wheel::Error::new("broken").help("do this").because(std::io::Error::other("torn"));
        for error in [Error::from(broken()), Err::<(), _>(broken()).context(|| "outer").unwrap_err()] {
            assert!(error.whole().ends_with("broken: torn"), "{}", error.whole());
            assert_eq!(error.help_text(), Some("do this"));
        }
    }
}
