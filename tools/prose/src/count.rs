//! The counted words, and the limits of their rates.

use std::ops::Add;

/// Number of words that the rates refer to.
const PER: usize = 10_000;

/// The highest rate of each word in [`PER`] words: twice the rate of ripgrep's README and of its Rust
/// comments.
const MOST_WHAT: usize = 10;
const MOST_NOTHING: usize = 12;
/// The lowest rate of examples, times ten: half of ripgrep's rate.
const LEAST_EXAMPLES_TIMES_TEN: usize = 65;

/// The counts of the words in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    words: usize,
    what: usize,
    nothing: usize,
    examples: usize,
}

impl Counts {
    /// The first line of the table.
    pub(crate) const HEAD: &str = "  words    what  nothing  for example  (per 10,000 words)";

    /// Counts the words of prose.
    pub(crate) fn of(prose: &str) -> Self {
        let words: Vec<String> = words(prose).collect();
        let mut counts = Self { words: words.len(), ..Self::default() };
        for (index, word) in words.iter().enumerate() {
            let next = words.get(index + 1).map_or("", String::as_str);
            match (word.as_str(), next) {
                ("what" | "what's", _) => counts.what += 1,
                ("nothing" | "nobody" | "none", _) => counts.nothing += 1,
                ("for", "example" | "instance") | ("such", "as") | ("e.g", _) => counts.examples += 1,
                _ => {}
            }
        }
        counts
    }

    /// A line of the table.
    pub(crate) fn row(&self, name: &str) -> String {
        let rate = |count: usize| {
            #[allow(clippy::cast_precision_loss, reason = "a text has less than 2^52 words")]
            let rate = (count * PER) as f64 / self.words.max(1) as f64;
            rate
        };
        let Self { words, what, nothing, examples } = *self;
        format!("{words:7} {:7.1} {:8.1} {:12.1}  {name}", rate(what), rate(nothing), rate(examples))
    }

    /// Returns a message for each word that occurs too often. A short page may have `slack` of each, at any
    /// rate.
    pub(crate) fn problems(&self, slack: usize) -> impl Iterator<Item = String> {
        let words = self.words;
        let rules = [("what", self.what, MOST_WHAT), ("nothing, nobody, none", self.nothing, MOST_NOTHING)];
        rules.into_iter().filter_map(move |(name, count, most)| {
            let allowed = (most * words / PER).max(slack);
            (count > allowed).then(|| format!("{count} of \"{name}\" in {words} words, at most {allowed}"))
        })
    }

    /// Returns a message if there are too few examples.
    pub(crate) fn lack_of_examples(&self) -> Option<String> {
        let least = (LEAST_EXAMPLES_TIMES_TEN * self.words).div_ceil(PER * 10);
        let Self { words, examples, .. } = self;
        (*examples < least)
            .then(|| format!("{examples} of \"for example\" in {words} words, at least {least}"))
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            words: self.words + other.words,
            what: self.what + other.what,
            nothing: self.nothing + other.nothing,
            examples: self.examples + other.examples,
        }
    }
}

/// Splits text into lower-case words. An apostrophe, a hyphen or a full stop within a word is part of it.
fn words(prose: &str) -> impl Iterator<Item = String> {
    let is_joint = |c: char| matches!(c, '\'' | '’' | '-' | '.');
    prose
        .split(move |c: char| !c.is_alphanumeric() && !is_joint(c))
        .map(move |word| word.trim_matches(is_joint).to_lowercase())
        .filter(|word| word.chars().any(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted() {
        let counts =
            Counts::of("What's new? Nothing, for example; such as none, e.g. this. 42 -- it's so-called.");
        assert_eq!(counts, Counts { words: 12, what: 1, nothing: 2, examples: 3 });
    }

    #[test]
    fn rates_are_per_ten_thousand_words() {
        let counts = Counts { words: 2000, what: 1, nothing: 3, examples: 1 };
        assert_eq!(counts.row("x"), "   2000     5.0     15.0          5.0  x");
        assert_eq!(
            counts.problems(0).collect::<Vec<_>>(),
            ["3 of \"nothing, nobody, none\" in 2000 words, at most 2"]
        );
        assert_eq!(counts.problems(3).count(), 0);
        assert!(counts.lack_of_examples().is_some());
        assert_eq!(Counts { examples: 2, ..counts }.lack_of_examples(), None);
    }
}
