//! Measurements of the same work, and their statistics.

use std::fmt;

use serde_json::{Value, json};

/// The unit of the numbers of a sample.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    /// Nanoseconds; fewer are better.
    Time,
    /// Times per second; more are better.
    Rate,
    /// Bytes; fewer are better.
    Bytes,
}

impl Unit {
    const NAMES: [(Self, &str); 3] = [(Self::Time, "ns"), (Self::Rate, "/s"), (Self::Bytes, "bytes")];

    /// Its name in files.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(unit, _)| *unit)
    }

    /// Returns how many times better `ours` is than `theirs`.
    pub(crate) fn gain(self, ours: f64, theirs: f64) -> f64 {
        if self == Self::Rate { ours / theirs } else { theirs / ours }
    }
}

/// Measurements of the same work.
#[derive(Clone)]
pub(crate) struct Sample {
    unit: Unit,
    numbers: Vec<f64>,
}

impl Sample {
    pub(crate) fn new(unit: Unit, numbers: Vec<f64>) -> Self {
        Self { unit, numbers }
    }

    pub(crate) fn extend(&mut self, numbers: impl IntoIterator<Item = f64>) {
        self.numbers.extend(numbers);
    }

    /// Whether the sample has no measurements yet. An empty sample has no median.
    pub(crate) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    pub(crate) fn unit(&self) -> Unit {
        self.unit
    }

    pub(crate) fn median(&self) -> f64 {
        self.at(1, 2)
    }

    /// Returns the quantile `part` of `whole`.
    fn at(&self, part: usize, whole: usize) -> f64 {
        let mut numbers = self.numbers.clone();
        numbers.sort_unstable_by(f64::total_cmp);
        numbers[(numbers.len() - 1) * part / whole]
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "unit": self.unit.name(), "numbers": self.numbers })
    }

    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let numbers = value["numbers"].as_array()?.iter().map(Value::as_f64).collect::<Option<_>>()?;
        Some(Self { unit: Unit::named(value["unit"].as_str()?)?, numbers })
    }
}

/// The median, and the middle half of all numbers in parentheses.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, median, high] = [(1, 4), (1, 2), (3, 4)].map(|(part, whole)| self.at(part, whole));
        // All three use one unit, so that they are comparable at a glance.
        let (scale, unit) = match self.unit {
            Unit::Time if median < 1e6 => (1e-3, "µs"),
            Unit::Time if median < 1e9 => (1e-6, "ms"),
            Unit::Time => (1e-9, "s"),
            Unit::Rate => (1.0, "/s"),
            Unit::Bytes if median < 1e6 => (1e-3, "kB"),
            Unit::Bytes => (1e-6, "MB"),
        };
        let [low, median, high] = [low, median, high].map(|number| figure(number * scale));
        if low == median && median == high {
            return write!(f, "{median} {unit}");
        }
        write!(f, "{median} {unit} ({low}–{high})")
    }
}

/// Formats a number with two or three significant digits.
fn figure(value: f64) -> String {
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$}")
}
