//! Failed builds of bundles at run time.

use std::error::Error;
use std::fmt;

/// A bundle could not be built at run time (feature `build` of the crate `eryx`).
///
/// Its [source](Error::source) is the error of the failed step.
#[derive(Debug)]
pub struct BuildError {
    help: Option<String>,
    source: Box<dyn Error + Send + Sync>,
}

impl BuildError {
    /// For the crate `eryx`.
    #[doc(hidden)]
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { help: None, source: source.into() }
    }

    /// For the crate `eryx`.
    #[doc(hidden)]
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Returns the suggested next step, if there is one.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bundle could not be built")?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
