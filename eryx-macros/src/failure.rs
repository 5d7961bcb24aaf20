//! Errors of getting a bundle, in the format that the plugin also uses.

use std::fmt;

use serde::Deserialize;

/// The problem, its causes and the next step, with the part of the declaration that caused it, if any.
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
    /// Whether the plugin gave no intelligible answer.
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
        // The compiler aligns the following lines under the message.
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
