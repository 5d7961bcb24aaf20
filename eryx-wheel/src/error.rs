//! The one error type of the build side, and of whoever reads wheels.
//!
//! A build fails in front of a person who wants to go on, so an error carries three things: what happened
//! (the message, with the place in it), why (the chain of sources) and the exact next step (the help).

use std::fmt;

/// What went wrong while building a bundle or reading a wheel.
///
/// ```
/// use eryx_wheel::Error;
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

/// The part of the declaration an error is about, so that a caller can point at it where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// The key, such as `packages`.
    pub key: String,
    /// The item of that key's array, from 0; `None` when the key as a whole is meant.
    pub index: Option<usize>,
}

/// Result of a build step.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error that says what happened, and where.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, blame: None, source: None }
    }

    /// Adds the exact next step: the command to run, the line to change.
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

    /// Says which key of the declaration, and which item of its array, the error is about.
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

    /// The next step: this error's, else that of the nearest cause that has one.
    pub fn help_text(&self) -> Option<&str> {
        self.nearest(|error| error.help.as_deref())
    }

    /// The part of the declaration to point at: this error's, else that of the nearest cause that has one.
    pub fn blamed(&self) -> Option<&Blame> {
        self.nearest(|error| error.blame.as_ref())
    }

    /// Looks at this error and then at its causes, until one has what is sought.
    fn nearest<'a, T: ?Sized>(&'a self, seek: impl Fn(&'a Error) -> Option<&'a T>) -> Option<&'a T> {
        let mut cause: Option<&'a (dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = cause {
            if let Some(found) = error.downcast_ref::<Error>().and_then(&seek) {
                return Some(found);
            }
            cause = error.source();
        }
        None
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

/// Says what was being done when a lower-level error came up.
pub trait Context<T> {
    /// Wraps the error in a message that is only made on failure.
    ///
    /// # Errors
    /// When there was one.
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
        // An `io::Error` hides the error it carries but shows that one's source.
        assert_eq!(outer.help_text(), Some("do this"));
        assert_eq!(outer.blamed(), Some(&Blame { key: "packages".to_owned(), index: Some(2) }));
        let nearer = Error::new("top").blame("cpu", None).because(outer);
        assert_eq!(nearer.blamed().map(|blame| blame.key.as_str()), Some("cpu"));
        assert_eq!(nearer.help_text(), Some("do this"));
    }
}
