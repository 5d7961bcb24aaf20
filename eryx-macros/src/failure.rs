//! Why a bundle could not be had, in the form in which the plugin reports it too.

use std::fmt;

use serde::Deserialize;

/// What happened, why, and the next step; and the part of the declaration that is to blame, if one is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Failure {
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) causes: Vec<String>,
    #[serde(default)]
    pub(crate) help: Option<String>,
    #[serde(default)]
    pub(crate) key: Option<String>,
    #[serde(default)]
    pub(crate) index: Option<usize>,
    /// Whether the plugin said nothing that could be understood.
    #[serde(skip)]
    pub(crate) is_silence: bool,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    pub(crate) fn because(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    pub(crate) fn silence(mut self) -> Self {
        self.is_silence = true;
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The compiler lines up what follows under the message.
        f.write_str(&self.message)?;
        for cause in &self.causes {
            write!(f, "\ncaused by: {cause}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\nhelp: {help}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_message_causes_help() {
        let failure = Failure::new("it broke").because("one").because("two").help("mend it");
        assert_eq!(failure.to_string(), "it broke\ncaused by: one\ncaused by: two\nhelp: mend it");
    }
}
