//! Models of real servers: each parses requests in its own way, and most are lenient. A model decides which bytes of a
//! stream are a body.

use std::ops::Range;

use proptest::prelude::*;

/// The known differences between servers.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a leniency of its own")]
pub(super) struct Server {
    /// A line feed alone ends a line.
    line_feeds: bool,
    /// A carriage return alone ends a line.
    returns: bool,
    /// Skips spaces, signs, `0x`, and everything after a number.
    loose_numbers: bool,
    /// `Content-Length` takes precedence over `Transfer-Encoding`.
    length_first: bool,
    /// The last of several fields counts, instead of the first.
    last_field: bool,
    /// Every `Transfer-Encoding` that contains `chunked` counts, in any spelling.
    loose_coding: bool,
    /// Maximum number of bytes that it skips after a chunk if the end of line is missing.
    skipped: usize,
    /// A line that begins with a space continues the previous one.
    folds: bool,
    /// It answers a request with `Expect` at once and reads no body.
    refuses: bool,
    /// It drops the fields that `Connection` names.
    drops: bool,
    /// A `POST` without a length has a body that ends with the connection.
    until_end: bool,
}

pub(super) fn any_server() -> impl Strategy<Value = Server> {
    (any::<[bool; 10]>(), 0..3_usize).prop_map(|(flags, skipped)| {
        let [
            line_feeds,
            returns,
            loose_numbers,
            length_first,
            last_field,
            loose_coding,
            folds,
            refuses,
            drops,
            until_end,
        ] = flags;
        Server {
            line_feeds,
            returns,
            loose_numbers,
            length_first,
            last_field,
            loose_coding,
            skipped,
            folds,
            refuses,
            drops,
            until_end,
        }
    })
}

impl Server {
    /// Returns the ranges that the server does not take for heads: bodies with their framing, and other protocols.
    pub(super) fn bodies(&self, stream: &[u8]) -> Vec<Range<usize>> {
        let (mut bodies, mut at) = (Vec::new(), 0);
        while at < stream.len() {
            let Some((lines, start)) = self.head(stream, at) else { break };
            let Some(end) = self.body_end(&lines, stream, start) else {
                // The server closes the connection within the body, so all further bytes belong to it.
                bodies.push(start..stream.len());
                break;
            };
            bodies.push(start..end);
            at = end;
        }
        bodies
    }

    /// Returns the line at a position, and the position of the next line.
    fn line<'s>(&self, stream: &'s [u8], at: usize) -> Option<(&'s [u8], usize)> {
        let rest = &stream[at..];
        (0..rest.len()).find_map(|end| match &rest[end..] {
            [b'\r', b'\n', ..] => Some((&rest[..end], at + end + 2)),
            [b'\n', ..] if self.line_feeds => Some((&rest[..end], at + end + 1)),
            [b'\r', ..] if self.returns => Some((&rest[..end], at + end + 1)),
            _ => None,
        })
    }

    fn head(&self, stream: &[u8], mut at: usize) -> Option<(Vec<String>, usize)> {
        let mut lines: Vec<String> = Vec::new();
        loop {
            let (line, next) = self.line(stream, at)?;
            at = next;
            match (line, lines.last_mut()) {
                // Skips empty lines before a request.
                ([], None) => {}
                ([], Some(_)) => return Some((lines, at)),
                ([b' ' | b'\t', ..], Some(last)) if self.folds => *last += &String::from_utf8_lossy(line),
                _ => lines.push(String::from_utf8_lossy(line).into_owned()),
            }
        }
    }

    fn body_end(&self, lines: &[String], stream: &[u8], start: usize) -> Option<usize> {
        let mut parts = lines[0].split_ascii_whitespace();
        let (method, version) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
        let fields: Vec<(String, &str)> = lines[1..]
            .iter()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        let of = |wanted: &str| {
            let names =
                |name: &str| if self.loose_coding { name.trim().replace('_', "-") } else { name.to_owned() };
            let dropped = self.drops
                && fields
                    .iter()
                    .any(|(name, value)| name == "connection" && value.to_ascii_lowercase().contains(wanted));
            let mut values =
                fields.iter().filter(|(name, _)| names(name) == wanted && !dropped).map(|(_, value)| *value);
            if self.last_field { values.next_back() } else { values.next() }
        };
        if method == "CONNECT" || of("upgrade").is_some() || version != "HTTP/1.1" {
            return None;
        }
        if self.refuses && of("expect").is_some() {
            return Some(start);
        }
        let coding = of("transfer-encoding").map(|coding| coding.trim().to_ascii_lowercase());
        let chunked = coding
            .is_some_and(|coding| coding == "chunked" || self.loose_coding && coding.contains("chunked"));
        match of("content-length") {
            Some(length) if self.length_first || !chunked => {
                let length = usize::try_from(self.number(length.as_bytes(), 10)?).ok()?;
                start.checked_add(length).filter(|end| *end <= stream.len())
            }
            _ if chunked => self.chunks_end(stream, start),
            _ if self.until_end && method == "POST" => None,
            _ => Some(start),
        }
    }

    fn number(&self, text: &[u8], radix: u32) -> Option<u64> {
        let text = std::str::from_utf8(text).ok()?;
        if !self.loose_numbers {
            let text = text.trim_matches([' ', '\t']);
            return Some(text)
                .filter(|text| !text.starts_with('+'))
                .and_then(|text| u64::from_str_radix(text, radix).ok());
        }
        let text = text.trim().trim_start_matches('+');
        let text = if radix == 16 { text.trim_start_matches("0x") } else { text };
        let end = text.find(|letter: char| !letter.is_digit(radix)).unwrap_or(text.len());
        u64::from_str_radix(&text[..end], radix).ok()
    }

    fn chunks_end(&self, stream: &[u8], mut at: usize) -> Option<usize> {
        loop {
            let (line, next) = self.line(stream, at)?;
            at = next;
            let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
            let size = usize::try_from(self.number(size, 16)?).ok()?;
            if size == 0 {
                break;
            }
            at = at.checked_add(size).filter(|at| *at <= stream.len())?;
            let rest = &stream[at..];
            if rest.starts_with(b"\r\n") {
                at += 2;
            } else if self.line_feeds && rest.starts_with(b"\n") {
                at += 1;
            } else if self.loose_numbers {
                at = (at + self.skipped).min(stream.len());
            } else {
                return None;
            }
        }
        loop {
            let (line, next) = self.line(stream, at)?;
            at = next;
            if line.is_empty() {
                return Some(at);
            }
        }
    }
}
