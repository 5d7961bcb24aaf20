//! Replaces secrets by their placeholders in a stream that arrives in pieces.

use std::sync::Arc;

use super::secrets::Secrets;

/// The minimum length of a secret's beginning at the end of a piece for which bytes are held back until the next piece
/// arrives. Shorter beginnings occur by chance at the end of many messages, and the reader would wait forever for the
/// rest.
const HELD_FROM: usize = 4;

/// A stream whose secrets are replaced.
pub(crate) struct SecretScrubber {
    secrets: Arc<Secrets>,
    /// Bytes that were passed on already and may be the beginning of a secret.
    given: Vec<u8>,
    /// Bytes that are held back because they may be the beginning of a secret.
    held: Vec<u8>,
}

impl SecretScrubber {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, given: Vec::new(), held: Vec::new() }
    }

    /// Consumes a piece, and appends the bytes that can be passed on to `to`.
    pub(crate) fn push(&mut self, piece: &[u8], to: &mut Vec<u8>) {
        let given = self.given.len();
        let whole = [self.given.as_slice(), &self.held, piece].concat();
        let mut clean = whole.clone();
        self.secrets.scrub(&mut clean);
        let begun = self.begun(&whole);
        let start = whole.len() - begun;
        let until = if begun < HELD_FROM { whole.len() } else { start.max(given) };
        to.extend_from_slice(&clean[given..until]);
        self.given = whole[start.min(until)..until].to_vec();
        self.held = whole[until..].to_vec();
    }

    /// Flushes the held bytes at the end of the stream: they are not a secret.
    pub(crate) fn end(&mut self, to: &mut Vec<u8>) {
        to.append(&mut self.held);
        self.given.clear();
    }

    /// Returns the length of the longest suffix of `bytes` that is a proper prefix of a secret.
    fn begun(&self, bytes: &[u8]) -> usize {
        let of = |value: &[u8]| {
            (1..value.len().min(bytes.len() + 1))
                .rev()
                .find(|&length| bytes.ends_with(&value[..length]))
                .unwrap_or(0)
        };
        self.secrets.values().map(|value| of(value.as_bytes())).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::secrets::SecretDeclaration;
    use super::*;

    fn secrets() -> Arc<Secrets> {
        let declared = SecretDeclaration::new("T", "abcdeabcdX", vec!["a.test".into()]).unwrap();
        Arc::new(Secrets::new(&[declared]).unwrap())
    }

    #[test]
    fn a_secret_is_found_wherever_it_is_cut() {
        let secrets = secrets();
        let placeholder = secrets.placeholders()[0].placeholder.clone();
        let text = "--abcde-abcdeabcdX.abcdeabcdeabcdX";
        let clean = text.replace("abcdeabcdX", &placeholder);
        for first in 0..text.len() {
            for second in first..text.len() {
                let mut scrub = SecretScrubber::new(Arc::clone(&secrets));
                let mut seen = Vec::new();
                for piece in [&text[..first], &text[first..second], &text[second..]] {
                    scrub.push(piece.as_bytes(), &mut seen);
                }
                scrub.end(&mut seen);
                let seen = String::from_utf8(seen).unwrap();
                assert_eq!(seen.len(), clean.len());
                // Up to three bytes at the beginning may have been passed on before the secret was recognized.
                for (at, _) in clean.match_indices(placeholder.as_str()) {
                    assert_eq!(
                        seen[at + 3..at + 10],
                        placeholder[3..],
                        "cut at {first} and {second}: {seen}"
                    );
                }
                assert!(!seen.contains("abcdeabcdX"));
            }
        }
    }

    #[test]
    fn nothing_is_held_back_that_is_no_beginning() {
        let mut scrub = SecretScrubber::new(secrets());
        let mut seen = Vec::new();
        scrub.push(b"{\"a\": 1}abc", &mut seen);
        assert_eq!(seen, b"{\"a\": 1}abc");
        scrub.push(b"de", &mut seen);
        assert_eq!(seen, b"{\"a\": 1}abc");
        scrub.push(b"!", &mut seen);
        assert_eq!(seen, b"{\"a\": 1}abcde!");
    }
}
