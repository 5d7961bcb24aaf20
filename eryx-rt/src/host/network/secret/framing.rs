//! Where the body of an HTTP/1 request ends (RFC 9112, sections 6 and 7).
//!
//! Servers differ in how they read bad framing: one ends a line at a bare line feed, another does not. So this reader
//! accepts only the framing that the RFC's grammar has, which all servers read alike. Everything else is odd, and its
//! caller then gives up on the connection.

/// Digits of the largest number that a length may have. Numbers of that many digits fit into 64 bits with room to spare.
const LENGTH_DIGITS: usize = 18;
const CHUNK_DIGITS: u8 = 15;

/// Bytes of the longest extension of a chunk, and of all trailer fields of a request.
const LONGEST_EXTENSION: usize = 256;
const LONGEST_TRAILER: usize = 8 << 10;

/// The rest of a body. It says where the body ends, and never changes a byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    /// As many bytes as `Content-Length` says.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked(Chunked),
}

/// What a part of a stream did to a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// The body goes on.
    More,
    /// The body has ended after so many bytes of the part.
    End(usize),
    /// The byte at this place has no place in the grammar.
    Odd(&'static str),
}

/// Where in a chunked body a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunked {
    Size { digits: u8, size: u64 },
    Extension { size: u64, length: usize },
    SizeLineFeed { size: u64 },
    Data { left: u64 },
    DataReturn,
    DataLineFeed,
    Trailer { length: usize, place: Field },
}

/// Where in the trailer fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Start,
    Name,
    Value,
    LineFeed,
    /// The line feed of the empty line.
    LastLineFeed,
}

impl Body {
    /// A body of the length that a `Content-Length` states; `None` unless it is a plain decimal number.
    pub(super) fn of_length(value: &[u8]) -> Option<Self> {
        let plain = !value.is_empty()
            && value.len() <= LENGTH_DIGITS
            && value.iter().all(u8::is_ascii_digit)
            // Octal to some readers.
            && (value[0] != b'0' || value.len() == 1);
        let number = std::str::from_utf8(value).ok().filter(|_| plain)?;
        number.parse().ok().map(Self::Length)
    }

    /// A chunked body.
    pub(super) fn chunked() -> Self {
        Self::Chunked(Chunked::START)
    }

    /// Follows the next part of the stream.
    pub(super) fn follow(&mut self, part: &[u8]) -> Progress {
        match self {
            Self::Length(left) => {
                let count = usize::try_from(*left).map_or(part.len(), |left| left.min(part.len()));
                *left -= count as u64;
                if *left == 0 { Progress::End(count) } else { Progress::More }
            }
            Self::Chunked(place) => follow_chunks(place, part),
        }
    }
}

impl Chunked {
    const START: Self = Self::Size { digits: 0, size: 0 };

    /// After the line that states the size of a chunk.
    fn after_size(size: u64) -> Self {
        if size == 0 { Self::Trailer { length: 0, place: Field::Start } } else { Self::Data { left: size } }
    }
}

fn follow_chunks(place: &mut Chunked, part: &[u8]) -> Progress {
    let mut at = 0;
    while at < part.len() {
        if let Chunked::Data { left } = place {
            let count = usize::try_from(*left).map_or(part.len() - at, |left| left.min(part.len() - at));
            *left -= count as u64;
            at += count;
            if *left == 0 {
                *place = Chunked::DataReturn;
            }
            continue;
        }
        let last = matches!(place, Chunked::Trailer { place: Field::LastLineFeed, .. });
        match step(*place, part[at]) {
            Ok(_) if last => return Progress::End(at + 1),
            Ok(next) => *place = next,
            Err(why) => return Progress::Odd(why),
        }
        at += 1;
    }
    Progress::More
}

/// The place after one byte that is not data.
#[expect(clippy::match_same_arms, reason = "one line for each transition of the grammar")]
fn step(place: Chunked, byte: u8) -> Result<Chunked, &'static str> {
    Ok(match (place, byte) {
        (Chunked::Size { digits, size }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
            if digits == CHUNK_DIGITS {
                return Err("the size of a chunk has too many digits");
            }
            let digit = char::from(byte).to_digit(16).unwrap_or_default();
            Chunked::Size { digits: digits + 1, size: size << 4 | u64::from(digit) }
        }
        (Chunked::Size { digits: 1.., size }, b'\r') => Chunked::SizeLineFeed { size },
        (Chunked::Size { digits: 1.., size }, b';') => Chunked::Extension { size, length: 0 },
        (Chunked::Size { .. }, _) => return Err("the size of a chunk is no hexadecimal number"),
        (Chunked::Extension { size, .. }, b'\r') => Chunked::SizeLineFeed { size },
        (Chunked::Extension { size, length }, b'\t' | b' '..=b'~') => {
            if length == LONGEST_EXTENSION {
                return Err("the extension of a chunk is too long");
            }
            Chunked::Extension { size, length: length + 1 }
        }
        (Chunked::Extension { .. }, _) => {
            return Err("the extension of a chunk is not of visible characters");
        }
        (Chunked::SizeLineFeed { size }, b'\n') => Chunked::after_size(size),
        (Chunked::SizeLineFeed { .. }, _) => return Err("the size of a chunk does not end with CR LF"),
        (Chunked::DataReturn, b'\r') => Chunked::DataLineFeed,
        (Chunked::DataLineFeed, b'\n') => Chunked::START,
        (Chunked::DataReturn | Chunked::DataLineFeed, _) => return Err("no CR LF follows a chunk"),
        (Chunked::Trailer { length, place }, byte) => {
            if length == LONGEST_TRAILER {
                return Err("the trailer fields are too long");
            }
            Chunked::Trailer { length: length + 1, place: field_step(place, byte)? }
        }
        (Chunked::Data { .. }, _) => return Err("data is no framing"),
    })
}

#[expect(clippy::match_same_arms, reason = "one line for each transition of the grammar")]
fn field_step(place: Field, byte: u8) -> Result<Field, &'static str> {
    Ok(match (place, byte) {
        (Field::Start, b'\r') => Field::LastLineFeed,
        (Field::Start | Field::Name, byte) if is_token(byte) => Field::Name,
        (Field::Name, b':') => Field::Value,
        (Field::Value, b'\r') => Field::LineFeed,
        (Field::Value, b'\t' | b' '..=b'~' | 0x80..) => Field::Value,
        (Field::LineFeed, b'\n') => Field::Start,
        (Field::LastLineFeed, b'\n') => Field::LastLineFeed,
        _ => return Err("a trailer field is malformed"),
    })
}

/// Whether a byte may be in the name of a field (RFC 9110, section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes a body has, however it is cut; an error if it is odd. `None` if it has not ended.
    fn end(body: &Body, bytes: &[u8]) -> Result<Option<usize>, &'static str> {
        let whole = end_in_pieces(body, bytes, bytes.len().max(1));
        for piece in 1..4 {
            assert_eq!(end_in_pieces(body, bytes, piece), whole, "in pieces of {piece}");
        }
        whole
    }

    fn end_in_pieces(body: &Body, bytes: &[u8], piece: usize) -> Result<Option<usize>, &'static str> {
        let (mut body, mut passed) = (body.clone(), 0);
        for part in bytes.chunks(piece) {
            match body.follow(part) {
                Progress::More => passed += part.len(),
                Progress::End(count) => return Ok(Some(passed + count)),
                Progress::Odd(why) => return Err(why),
            }
        }
        Ok(None)
    }

    #[test]
    fn lengths_are_plain_numbers() {
        for (value, length) in [("0", 0), ("7", 7), ("1234567890", 1_234_567_890)] {
            assert_eq!(Body::of_length(value.as_bytes()), Some(Body::Length(length)));
        }
        assert_eq!(Body::of_length(&[b'9'; 18]), Some(Body::Length(999_999_999_999_999_999)));
        for wrong in ["", "+1", "-1", " 1", "1 ", "0x1", "1,1", "1, 1", "00", "01", "1e3", "1_0", "\u{661}"] {
            assert_eq!(Body::of_length(wrong.as_bytes()), None, "{wrong:?}");
        }
        assert_eq!(Body::of_length(&[b'9'; 19]), None);
        assert_eq!(end(&Body::Length(3), b"abcdef"), Ok(Some(3)));
        assert_eq!(end(&Body::Length(3), b"ab"), Ok(None));
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
            assert_eq!(end(&Body::chunked(), followed.as_bytes()), Ok(Some(whole.len())), "{whole:?}");
            assert_eq!(end(&Body::chunked(), &whole.as_bytes()[..whole.len() - 1]), Ok(None), "{whole:?}");
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
            assert!(end(&Body::chunked(), odd.as_bytes()).is_err(), "{odd:?}");
        }
    }
}
