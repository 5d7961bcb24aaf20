//! The end of the body of an HTTP/1 request (RFC 9112, sections 6 and 7).
//!
//! Servers read malformed framing in different ways: for example, some end a line at a bare line feed, others do not.
//! So this parser accepts only framing that follows the RFC's grammar, which all servers read alike. Everything else is
//! odd, and the caller then stops putting secrets into the connection.

/// Maximum digits of a length. Numbers of that many digits fit easily into 64 bits.
const LENGTH_DIGITS: usize = 18;
const CHUNK_DIGITS: u8 = 15;

/// Maximum bytes of a chunk extension, and of all trailer fields of a request.
const LONGEST_EXTENSION: usize = 256;
const LONGEST_TRAILER: usize = 8 << 10;

/// The rest of a body. It finds the end of the body and never changes a byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RequestBody {
    /// The remaining bytes according to `Content-Length`.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked(ChunkPhase),
}

/// The progress of a body after a part of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyProgress {
    /// The body continues.
    More,
    /// The body ended after this many bytes of the part.
    End(usize),
    /// A byte does not fit the grammar.
    Odd(&'static str),
}

/// The position of a stream in a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChunkPhase {
    Size { digits: u8, size: u64 },
    Extension { size: u64, length: usize },
    SizeLineFeed { size: u64 },
    Data { left: u64 },
    DataReturn,
    DataLineFeed,
    Trailer { length: usize, place: TrailerPhase },
}

/// The position in the trailer fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrailerPhase {
    Start,
    Name,
    Value,
    LineFeed,
    /// The line feed of the final empty line.
    LastLineFeed,
}

impl RequestBody {
    /// Returns a body of the length in a `Content-Length`; `None` unless the value is a plain decimal number.
    pub(super) fn of_length(value: &[u8]) -> Option<Self> {
        let plain = !value.is_empty()
            && value.len() <= LENGTH_DIGITS
            && value.iter().all(u8::is_ascii_digit)
            // Some parsers read a leading zero as octal.
            && (value[0] != b'0' || value.len() == 1);
        let number = std::str::from_utf8(value).ok().filter(|_| plain)?;
        number.parse().ok().map(Self::Length)
    }

    /// Returns a chunked body.
    pub(super) fn chunked() -> Self {
        Self::Chunked(ChunkPhase::START)
    }

    /// Advances over the next part of the stream.
    pub(super) fn follow(&mut self, part: &[u8]) -> BodyProgress {
        match self {
            Self::Length(left) => {
                let count = usize::try_from(*left).map_or(part.len(), |left| left.min(part.len()));
                *left -= count as u64;
                if *left == 0 { BodyProgress::End(count) } else { BodyProgress::More }
            }
            Self::Chunked(place) => follow_chunks(place, part),
        }
    }
}

impl ChunkPhase {
    const START: Self = Self::Size { digits: 0, size: 0 };

    /// Returns the phase after the line with a chunk's size.
    fn after_size(size: u64) -> Self {
        if size == 0 {
            Self::Trailer { length: 0, place: TrailerPhase::Start }
        } else {
            Self::Data { left: size }
        }
    }
}

fn follow_chunks(place: &mut ChunkPhase, part: &[u8]) -> BodyProgress {
    let mut at = 0;
    while at < part.len() {
        if let ChunkPhase::Data { left } = place {
            let count = usize::try_from(*left).map_or(part.len() - at, |left| left.min(part.len() - at));
            *left -= count as u64;
            at += count;
            if *left == 0 {
                *place = ChunkPhase::DataReturn;
            }
            continue;
        }
        let last = matches!(place, ChunkPhase::Trailer { place: TrailerPhase::LastLineFeed, .. });
        match step(*place, part[at]) {
            Ok(_) if last => return BodyProgress::End(at + 1),
            Ok(next) => *place = next,
            Err(why) => return BodyProgress::Odd(why),
        }
        at += 1;
    }
    BodyProgress::More
}

/// Returns the phase after one byte that is not data.
#[expect(clippy::match_same_arms, reason = "one line for each transition of the grammar")]
fn step(place: ChunkPhase, byte: u8) -> Result<ChunkPhase, &'static str> {
    Ok(match (place, byte) {
        (ChunkPhase::Size { digits, size }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
            if digits == CHUNK_DIGITS {
                return Err("the size of a chunk has too many digits");
            }
            let digit = char::from(byte).to_digit(16).unwrap_or_default();
            ChunkPhase::Size { digits: digits + 1, size: size << 4 | u64::from(digit) }
        }
        (ChunkPhase::Size { digits: 1.., size }, b'\r') => ChunkPhase::SizeLineFeed { size },
        (ChunkPhase::Size { digits: 1.., size }, b';') => ChunkPhase::Extension { size, length: 0 },
        (ChunkPhase::Size { .. }, _) => return Err("the size of a chunk is not a hexadecimal number"),
        (ChunkPhase::Extension { size, .. }, b'\r') => ChunkPhase::SizeLineFeed { size },
        (ChunkPhase::Extension { size, length }, b'\t' | b' '..=b'~') => {
            if length == LONGEST_EXTENSION {
                return Err("the extension of a chunk is too long");
            }
            ChunkPhase::Extension { size, length: length + 1 }
        }
        (ChunkPhase::Extension { .. }, _) => {
            return Err("the extension of a chunk has invisible characters");
        }
        (ChunkPhase::SizeLineFeed { size }, b'\n') => ChunkPhase::after_size(size),
        (ChunkPhase::SizeLineFeed { .. }, _) => return Err("the size of a chunk does not end with CR LF"),
        (ChunkPhase::DataReturn, b'\r') => ChunkPhase::DataLineFeed,
        (ChunkPhase::DataLineFeed, b'\n') => ChunkPhase::START,
        (ChunkPhase::DataReturn | ChunkPhase::DataLineFeed, _) => return Err("no CR LF follows a chunk"),
        (ChunkPhase::Trailer { length, place }, byte) => {
            if length == LONGEST_TRAILER {
                return Err("the trailer fields are too long");
            }
            ChunkPhase::Trailer { length: length + 1, place: field_step(place, byte)? }
        }
        (ChunkPhase::Data { .. }, _) => return Err("data is not framing"),
    })
}

#[expect(clippy::match_same_arms, reason = "one line for each transition of the grammar")]
fn field_step(place: TrailerPhase, byte: u8) -> Result<TrailerPhase, &'static str> {
    Ok(match (place, byte) {
        (TrailerPhase::Start, b'\r') => TrailerPhase::LastLineFeed,
        (TrailerPhase::Start | TrailerPhase::Name, byte) if is_token(byte) => TrailerPhase::Name,
        (TrailerPhase::Name, b':') => TrailerPhase::Value,
        (TrailerPhase::Value, b'\r') => TrailerPhase::LineFeed,
        (TrailerPhase::Value, b'\t' | b' '..=b'~' | 0x80..) => TrailerPhase::Value,
        (TrailerPhase::LineFeed, b'\n') => TrailerPhase::Start,
        (TrailerPhase::LastLineFeed, b'\n') => TrailerPhase::LastLineFeed,
        _ => return Err("a trailer field is malformed"),
    })
}

/// Returns whether a byte may be in a field name (RFC 9110, section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the length of a body, which must not depend on how the stream is cut; an error if it is odd, and `None`
    /// if it has not ended.
    fn end(body: &RequestBody, bytes: &[u8]) -> Result<Option<usize>, &'static str> {
        let whole = end_in_pieces(body, bytes, bytes.len().max(1));
        for piece in 1..4 {
            assert_eq!(end_in_pieces(body, bytes, piece), whole, "in pieces of {piece}");
        }
        whole
    }

    fn end_in_pieces(body: &RequestBody, bytes: &[u8], piece: usize) -> Result<Option<usize>, &'static str> {
        let (mut body, mut passed) = (body.clone(), 0);
        for part in bytes.chunks(piece) {
            match body.follow(part) {
                BodyProgress::More => passed += part.len(),
                BodyProgress::End(count) => return Ok(Some(passed + count)),
                BodyProgress::Odd(why) => return Err(why),
            }
        }
        Ok(None)
    }

    #[test]
    fn lengths_are_plain_numbers() {
        for (value, length) in [("0", 0), ("7", 7), ("1234567890", 1_234_567_890)] {
            assert_eq!(RequestBody::of_length(value.as_bytes()), Some(RequestBody::Length(length)));
        }
        assert_eq!(RequestBody::of_length(&[b'9'; 18]), Some(RequestBody::Length(999_999_999_999_999_999)));
        for wrong in ["", "+1", "-1", " 1", "1 ", "0x1", "1,1", "1, 1", "00", "01", "1e3", "1_0", "\u{661}"] {
            assert_eq!(RequestBody::of_length(wrong.as_bytes()), None, "{wrong:?}");
        }
        assert_eq!(RequestBody::of_length(&[b'9'; 19]), None);
        assert_eq!(end(&RequestBody::Length(3), b"abcdef"), Ok(Some(3)));
        assert_eq!(end(&RequestBody::Length(3), b"ab"), Ok(None));
    }

    #[test]
    fn chunks_end_where_the_grammar_says() {
        for whole in [
            "0\r\n\r\n",
            "3\r\nabc\r\n0\r\n\r\n",
            "3\r\n\r\n0\r\n0\r\n\r\n",
            "00a;x=\"y z\";q\r\n0123456789\r\nB\r\n0123456789\n\r\n000\r\nTrailer: x\r\nOther:\r\n\r\n",
        ] {
            let followed = format!("{whole}GET /");
            assert_eq!(end(&RequestBody::chunked(), followed.as_bytes()), Ok(Some(whole.len())), "{whole:?}");
            assert_eq!(
                end(&RequestBody::chunked(), &whole.as_bytes()[..whole.len() - 1]),
                Ok(None),
                "{whole:?}"
            );
        }
    }

    #[test]
    fn odd_chunks() {
        let long = format!("1;{}\r\n", "x".repeat(LONGEST_EXTENSION + 1));
        let trailer = format!("0\r\nX: {}\r\n\r\n", "x".repeat(LONGEST_TRAILER));
        for odd in [
            "\r\n",
            "3\nabc\r\n",
            "3 \r\nabc\r\n",
            " 3\r\nabc\r\n",
            "+3\r\nabc\r\n",
            "0x3\r\nabc\r\n",
            "3;a\nb\r\n",
            "3;a\rb\r\n",
            "3;a\0\r\n",
            ";x\r\n",
            "3\r\nabcd\r\n",
            "3\r\nabc\n",
            "3\r\nabc0\r\n\r\n",
            "3\r\nabc\rx",
            "1000000000000000\r\n",
            "0000000000000000\r\n",
            "0\r\n folded: x\r\n\r\n",
            "0\r\nX: y\n\r\n",
            "0\r\nno colon\r\n\r\n",
            "0\r\nX: y\r\n z\r\n\r\n",
            "0\r\n\n",
            "0\r\nX: \0\r\n\r\n",
            "0\r\n: x\r\n\r\n",
            &long,
            &trailer,
        ] {
            assert!(end(&RequestBody::chunked(), odd.as_bytes()).is_err(), "{odd:?}");
        }
    }
}
