//! Times of the same work, and what is said of them.

use std::fmt;
use std::time::Duration;

/// Times of the same work.
#[derive(Clone, Default)]
pub(crate) struct Sample {
    times: Vec<Duration>,
}

impl Sample {
    pub(crate) fn push(&mut self, time: Duration) {
        self.times.push(time);
    }

    pub(crate) fn extend(&mut self, times: impl IntoIterator<Item = Duration>) {
        self.times.extend(times);
    }

    pub(crate) fn median(&self) -> Duration {
        self.at(1, 2)
    }

    /// The time that `part` of every `whole` runs stayed under.
    fn at(&self, part: usize, whole: usize) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times[(times.len() - 1) * part / whole]
    }
}

/// The median, and the middle half of all times in parentheses.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, median, high] = [(1, 4), (1, 2), (3, 4)].map(|(part, whole)| self.at(part, whole));
        // One unit for the three, so that they can be compared at a glance.
        let (scale, unit) = if median < Duration::from_millis(1) { (1e6, "µs") } else { (1e3, "ms") };
        let [low, median, high] = [low, median, high].map(|time| figure(time.as_secs_f64() * scale));
        write!(f, "{median} {unit} ({low}–{high})")
    }
}

/// Two or three digits that mean something.
fn figure(value: f64) -> String {
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$}")
}
