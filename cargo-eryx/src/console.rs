//! The console: results go to stdout, all other messages to stderr.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eryx_build::Error;
use indicatif::{MultiProgress, ProgressDrawTarget};

use crate::options::{Color, Options};

/// The user's terminal, or its stand-in.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    colored: bool,
    quiet: bool,
    bars: Option<MultiProgress>,
    /// Text before each line.
    prefix: &'static str,
    /// Warnings that the macro prints later.
    kept: Option<Arc<Mutex<Vec<String>>>>,
}

/// Emphasis of a word.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Style {
    /// A verb before its object.
    Verb,
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// A suggested next step.
    Help,
    /// A heading.
    Heading,
}

impl Console {
    pub(crate) fn new(options: &Options) -> Self {
        let terminal = io::stderr().is_terminal();
        // Log lines would tear the bars apart.
        let bars = (terminal && !options.quiet && options.verbose == 0)
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self {
            colored: wants_color(options.color, terminal),
            quiet: options.quiet,
            bars,
            prefix: "",
            kept: None,
        }
    }

    /// Returns a console for a terminal on which cargo draws its own bar: it prints only lines, over cargo's
    /// bar, which cargo then draws again below. Keeps warnings for the macro.
    pub(crate) fn beside_cargo(&self) -> Self {
        let prefix = if io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
        Self { bars: None, prefix, kept: Some(Arc::default()), ..self.clone() }
    }

    /// Returns the kept warnings, and clears them.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        let take = |kept: &Arc<Mutex<Vec<String>>>| std::mem::take(&mut *lock(kept));
        self.kept.as_ref().map(take).unwrap_or_default()
    }

    /// Returns the live area of the terminal, if the console has one.
    pub(crate) fn bars(&self) -> Option<&MultiProgress> {
        self.bars.as_ref()
    }

    /// Prints one line in cargo's format, unless `--quiet` is set: `    Bundling report`.
    pub(crate) fn status(&self, verb: &str, subject: &str) {
        if !self.quiet {
            let line = format!("{} {subject}", self.styled(Style::Verb, &format!("{verb:>12}")));
            self.line(line.trim_end());
        }
    }

    /// Prints a warning.
    pub(crate) fn warn(&self, message: &str) {
        if let Some(kept) = &self.kept {
            lock(kept).push(message.to_owned());
        } else if !self.quiet {
            self.line(&format!("{}: {message}", self.styled(Style::Warning, "warning")));
        }
    }

    /// Prints an error with its causes and the next step.
    pub(crate) fn error(&self, error: &Error) {
        let mut text = format!("{}: {error}", self.styled(Style::Error, "error"));
        for cause in crate::failure::causes(error) {
            let _ = write!(text, "\n  caused by: {}", cause.replace('\n', "\n    "));
        }
        if let Some(help) = error.help_text() {
            let help = help.replace('\n', "\n  ");
            let _ = write!(text, "\n  {}: {help}", self.styled(Style::Help, "help"));
        }
        self.line(&text);
    }

    /// Colours a word, if colours are on.
    pub(crate) fn styled(&self, style: Style, text: &str) -> String {
        if !self.colored {
            return text.to_owned();
        }
        let code = match style {
            Style::Verb => "1;32",
            Style::Error => "1;31",
            Style::Warning => "1;33",
            Style::Help => "1;36",
            Style::Heading => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    fn line(&self, text: &str) {
        let write = || {
            // If stderr is closed, no other channel is left.
            let _ = writeln!(io::stderr().lock(), "{}{text}", self.prefix);
        };
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }

    /// Clears the bars, so that other programs, or the sandbox, can write to the screen.
    pub(crate) fn clear(&self) {
        if let Some(bars) = &self.bars {
            let _ = bars.clear();
        }
    }
}

fn lock(kept: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes results to stdout. Ignores a closed pipe (`cargo eryx inspect … | head`).
pub(crate) fn print(text: &str) -> Result<ExitCode, Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Error::new("cannot write to stdout").because(error)),
    }
}

/// `(31.5 MB, 4.20s)`.
pub(crate) fn size_and_time(bytes: u64, time: Duration) -> String {
    format!("({}, {})", crate::units::bytes(bytes), crate::units::time(time))
}

/// Whether to use colours: decided by the option, else by cargo's variable, else by whether the output is a
/// terminal.
fn wants_color(option: Option<Color>, terminal: bool) -> bool {
    let variable = || match std::env::var("CARGO_TERM_COLOR").as_deref() {
        Ok("always") => Color::Always,
        Ok("never") => Color::Never,
        _ => Color::Auto,
    };
    match option.unwrap_or_else(variable) {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}
