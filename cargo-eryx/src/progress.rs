//! Shows the steps of a build: as bars on a terminal, elsewhere as a line when each step begins.

use std::time::{Duration, Instant};

use eryx_build::report::{Progress, Reporter};
use indicatif::{ProgressBar, ProgressStyle};

use crate::console::Console;

/// Shorter steps leave no line behind on a terminal, unless bytes came over the network.
const WORTH_A_LINE: Duration = Duration::from_millis(500);

/// Reports the build steps to the console.
#[derive(Debug, Clone)]
pub(crate) struct StepReporter {
    console: Console,
}

impl StepReporter {
    pub(crate) fn new(console: &Console) -> Self {
        Self { console: console.clone() }
    }
}

impl Reporter for StepReporter {
    fn begin(&self, step: &'static str, subject: &str, total: Option<u64>) -> Box<dyn Progress> {
        let verb = verb(step);
        let Some(bars) = self.console.bars() else {
            self.console.status(&verb, subject);
            return Box::new(StepLine);
        };
        let line = bars.add(match total {
            Some(total) => ProgressBar::new(total).with_style(style("{bar:24} {bytes}/{total_bytes}")),
            None => ProgressBar::new_spinner().with_style(style("{spinner} {elapsed}")),
        });
        line.set_prefix(self.console.styled(crate::console::Style::Verb, &format!("{verb:>12}")));
        line.set_message(subject.to_owned());
        // Computing steps do not report progress; the moving bar shows that they are alive.
        line.enable_steady_tick(Duration::from_millis(120));
        Box::new(StepBar {
            console: self.console.clone(),
            line,
            verb,
            subject: subject.to_owned(),
            began: Instant::now(),
        })
    }

    fn warn(&self, message: &str) {
        self.console.warn(message);
    }
}

/// Returns a verb for people: step `fetch` becomes `Fetching`. Steps are named after modules.
fn verb(step: &str) -> String {
    let mut chars = step.chars();
    let Some(first) = chars.next() else { return String::new() };
    let capital = format!("{}{}", first.to_uppercase(), chars.as_str());
    match capital.strip_suffix('e') {
        _ if capital.ends_with("ing") => capital,
        Some(short) if !short.ends_with('e') => format!("{short}ing"),
        _ => format!("{capital}ing"),
    }
}

fn style(tail: &str) -> ProgressStyle {
    ProgressStyle::with_template(&format!("{{prefix}} {{msg}} {tail}"))
        .expect("the templates above are right")
}

/// A step whose beginning was printed; the rest of it is silent.
struct StepLine;

impl Progress for StepLine {
    fn advance(&self, _: u64) {}

    fn finish(self: Box<Self>, _: &str) {}
}

/// A step with a bar.
struct StepBar {
    console: Console,
    line: ProgressBar,
    verb: String,
    subject: String,
    began: Instant,
}

impl Progress for StepBar {
    fn advance(&self, bytes: u64) {
        self.line.inc(bytes);
    }

    fn finish(self: Box<Self>, outcome: &str) {
        self.line.finish_and_clear();
        if self.began.elapsed() >= WORTH_A_LINE || self.line.length().is_some() {
            let outcome = if outcome.is_empty() { String::new() } else { format!(" ({outcome})") };
            self.console.status(&self.verb, &format!("{}{outcome}", self.subject));
        }
    }
}

impl Drop for StepBar {
    fn drop(&mut self) {
        // A failed step removes its bar; the error message follows.
        if !self.line.is_finished() {
            self.line.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_become_verbs() {
        for (step, expected) in [
            ("fetch", "Fetching"),
            ("assemble", "Assembling"),
            ("link", "Linking"),
            ("compile", "Compiling"),
            ("Linking", "Linking"),
            ("", ""),
        ] {
            assert_eq!(verb(step), expected);
        }
    }
}
