//! HTTP requests on their way to a server: secrets go into their heads, not into their bodies.

use std::sync::Arc;

use super::base64;
use super::framing::{BodyProgress, RequestBody};
use super::head::{AfterHead, HeadBuffer, HeadProgress, is_framing, parse, trimmed};
use super::replace::replace;
use super::secrets::Secrets;

/// The requests that a guest sends over one connection.
///
/// While the filter knows where each request begins and ends, it puts the secrets into their heads. After bytes that a
/// server could read differently, the connection is *opaque*: all further bytes pass unchanged.
pub(in super::super) struct RequestFilter {
    secrets: Arc<Secrets>,
    /// The server's name, as verified by its certificate.
    server: String,
    place: StreamPhase,
}

/// The position in a connection.
enum StreamPhase {
    Head(HeadBuffer),
    Body(RequestBody),
    Opaque,
}

impl RequestFilter {
    pub(in super::super) fn new(secrets: Arc<Secrets>, server: String) -> Self {
        Self { secrets, server, place: StreamPhase::Head(HeadBuffer::default()) }
    }

    /// Consumes bytes of the guest, and appends the bytes for the server to `to`.
    pub(in super::super) fn push(&mut self, mut bytes: &[u8], to: &mut Vec<u8>) {
        while !bytes.is_empty() {
            let taken = match &mut self.place {
                StreamPhase::Opaque => {
                    to.extend_from_slice(bytes);
                    return;
                }
                StreamPhase::Body(body) => {
                    let (count, next) = match body.follow(bytes) {
                        BodyProgress::More => (bytes.len(), None),
                        BodyProgress::End(count) => (count, Some(StreamPhase::Head(HeadBuffer::default()))),
                        BodyProgress::Odd(why) => (0, Some(opaque(why))),
                    };
                    to.extend_from_slice(&bytes[..count]);
                    if let Some(next) = next {
                        self.place = next;
                    }
                    count
                }
                StreamPhase::Head(incoming) => match incoming.take(bytes) {
                    HeadProgress::More => bytes.len(),
                    HeadProgress::Whole(head, count) => {
                        self.pass(head, to);
                        count
                    }
                    HeadProgress::Odd(why, count) => {
                        to.append(&mut std::mem::take(incoming).into_bytes());
                        self.place = opaque(why);
                        count
                    }
                },
            };
            bytes = &bytes[taken..];
        }
    }

    /// Flushes an incomplete head when the guest sends no more.
    pub(in super::super) fn end(&mut self, to: &mut Vec<u8>) {
        if let StreamPhase::Head(incoming) = std::mem::replace(&mut self.place, StreamPhase::Opaque) {
            to.append(&mut incoming.into_bytes());
        }
    }

    /// Passes on a complete head.
    fn pass(&mut self, head: Vec<u8>, to: &mut Vec<u8>) {
        let next = match parse(&head, &self.server) {
            Ok(next) => next,
            Err(why) => {
                to.extend(head);
                self.place = opaque(why);
                return;
            }
        };
        match self.fill(&head) {
            Some(filled) => to.extend(filled),
            None => to.extend(head),
        }
        self.place = match next {
            AfterHead::Head => StreamPhase::Head(HeadBuffer::default()),
            AfterHead::Body(body) => StreamPhase::Body(body),
            AfterHead::Opaque(why) => opaque(why),
        };
    }

    /// Returns the head with the secrets in it; `None` if it contains no placeholder.
    fn fill(&self, head: &[u8]) -> Option<Vec<u8>> {
        let replace = |bytes: &mut [u8]| {
            for (placeholder, value) in self.secrets.of_host(&self.server) {
                replace(bytes, placeholder.as_bytes(), value.as_bytes());
            }
        };
        let mut filled = head.to_owned();
        for (number, line) in filled.split_inclusive_mut(|byte| *byte == b'\n').enumerate() {
            if number == 0 {
                // Only the target can contain a placeholder: the method and the version are fixed letters.
                replace(line);
            } else if let Some(colon) = line.iter().position(|byte| *byte == b':') {
                let (name, value) = line.split_at_mut(colon);
                let name = String::from_utf8_lossy(name);
                if !is_framing(&name) {
                    replace(value);
                    if name.eq_ignore_ascii_case("authorization") {
                        replace_basic(&mut value[1..], replace);
                    }
                }
            }
        }
        if filled == head {
            return None;
        }
        // Asks for an uncompressed answer, so that a secret in the answer can be found and replaced.
        let is_encoding = |line: &&[u8]| {
            const NAME: &[u8] = b"accept-encoding:";
            line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME))
        };
        let lines = filled[..filled.len() - 2].split_inclusive(|byte| *byte == b'\n');
        let mut head = lines.filter(|line| !is_encoding(line)).collect::<Vec<_>>().concat();
        head.extend_from_slice(b"Accept-Encoding: identity\r\n\r\n");
        Some(head)
    }
}

fn opaque(why: &'static str) -> StreamPhase {
    tracing::debug!(why, "no more secrets are inserted into this connection");
    StreamPhase::Opaque
}

/// Replaces within a value of `Authorization: Basic`, whose base64 hides the placeholder from a plain search.
fn replace_basic(value: &mut [u8], fill: impl Fn(&mut [u8])) {
    let Some((scheme, code)) =
        std::str::from_utf8(trimmed(value.trim_ascii_end())).ok().and_then(|text| text.split_once(' '))
    else {
        return;
    };
    let code = code.trim_matches([' ', '\t']);
    let Some(mut plain) = base64::decode(code).filter(|_| scheme.eq_ignore_ascii_case("basic")) else {
        return;
    };
    let before = plain.clone();
    fill(&mut plain);
    if plain == before {
        return;
    }
    // The length does not change, since secret and placeholder have the same length.
    let (old, new) = (code.to_owned(), base64::encode(&plain));
    replace(value, old.as_bytes(), new.as_bytes());
}

#[cfg(test)]
mod tests;
