//! The head of an HTTP/1 request: whether its framing is unambiguous, and whether another head follows.
//!
//! Secrets go into heads, so a body must never be mistaken for a head. `httparse` parses a head. The rules here reject
//! everything that RFC 9112 allows a parser to repair, because another parser may repair it differently.

use httparse::{Header, Request, Status};

use super::framing::{RequestBody, is_token};

/// Maximum bytes of a head and of a method, and maximum number of fields.
pub(super) const LONGEST_HEAD: usize = 64 << 10;
const LONGEST_METHOD: usize = 32;
const MOST_FIELDS: usize = 128;

/// Fields that decide where a request ends and which server handles it. No secret goes into them.
const FRAMING: [&str; 8] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "expect", "te", "trailer"];

/// The reason why a request is ambiguous.
pub(super) type Oddity = &'static str;

/// A head of which a part has arrived.
#[derive(Debug, Default)]
pub(super) struct HeadBuffer {
    bytes: Vec<u8>,
    /// Whether the request line has arrived and was checked.
    has_line: bool,
}

/// The progress of a head after a part of the stream.
#[derive(Debug)]
pub(super) enum HeadProgress {
    /// The head continues.
    More,
    /// The complete head. It ended after this many bytes of the part.
    Whole(Vec<u8>, usize),
    /// The bytes are not a request head. This many bytes of the part were consumed.
    Odd(Oddity, usize),
}

impl HeadBuffer {
    /// Consumes the next part of the stream. Detects other protocols at their first byte, or at the latest at the end
    /// of the first line, because their server may answer before the guest sends more.
    pub(super) fn take(&mut self, part: &[u8]) -> HeadProgress {
        for (at, &byte) in part.iter().enumerate() {
            let before = self.bytes.last().copied();
            self.bytes.push(byte);
            if let Err(why) = self.check(before, byte) {
                return HeadProgress::Odd(why, at + 1);
            }
            if byte == b'\n' && self.bytes.ends_with(b"\r\n\r\n") {
                self.has_line = false;
                return HeadProgress::Whole(std::mem::take(&mut self.bytes), at + 1);
            }
        }
        HeadProgress::More
    }

    /// Checks a byte that was just added.
    fn check(&mut self, before: Option<u8>, byte: u8) -> Result<(), Oddity> {
        if (before == Some(b'\r')) != (byte == b'\n') {
            return Err("a line does not end with CR LF");
        }
        if byte == 0 {
            return Err("there is a NUL byte");
        }
        if self.bytes.len() == LONGEST_HEAD {
            return Err("the head is too long");
        }
        if self.has_line {
            return Ok(());
        }
        if byte == b'\n' {
            self.has_line = true;
            return request_line(&self.bytes).map(drop);
        }
        // Everything up to the first space is the method.
        let begun = &self.bytes[..self.bytes.len().min(LONGEST_METHOD + 1)];
        let method = begun.iter().position(|byte| *byte == b' ').unwrap_or(begun.len());
        if method == 0 || method > LONGEST_METHOD || !begun[..method].iter().all(u8::is_ascii_uppercase) {
            return Err("it does not begin with a method");
        }
        Ok(())
    }

    /// Returns the bytes of an incomplete head.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Splits a line, including its end, into method, target and the digit of the version.
fn request_line(line: &[u8]) -> Result<(&[u8], &[u8], u8), Oddity> {
    let mut parts = line.strip_suffix(b"\r\n").unwrap_or(line).split(|byte| *byte == b' ');
    let (method, target, version) = (parts.next(), parts.next(), parts.next());
    let (Some(method), Some(target), Some(version), None) = (method, target, version, parts.next()) else {
        return Err("the request line does not have three parts");
    };
    if target.is_empty() || !target.iter().all(u8::is_ascii_graphic) {
        return Err("the target of the request has invisible characters");
    }
    match version {
        b"HTTP/1.1" => Ok((method, target, 1)),
        b"HTTP/1.0" => Ok((method, target, 0)),
        _ => Err("the version is not HTTP/1"),
    }
}

/// The continuation of the stream after a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AfterHead {
    Head,
    Body(RequestBody),
    /// The following bytes are not a request, or it depends on the server's answer whether they are.
    Opaque(&'static str),
}

/// Parses a head and returns the continuation of the stream. Every head is odd unless it is a request to `server` that
/// all parsers read alike.
pub(super) fn parse(head: &[u8], server: &str) -> Result<AfterHead, Oddity> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut request = Request::new(&mut fields);
    match request.parse(head) {
        Ok(Status::Complete(length)) if length == head.len() => {}
        Ok(_) => return Err("the head ends at another place"),
        Err(httparse::Error::TooManyHeaders) => return Err("the head has too many fields"),
        Err(_) => return Err("the head is malformed"),
    }
    let line = head.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let (method, target, minor) = request_line(line)?;
    if (request.method.map(str::as_bytes), request.path.map(str::as_bytes), request.version)
        != (Some(method), Some(target), Some(minor))
    {
        return Err("the request line is ambiguous");
    }
    let fields = HeaderFields(request.headers);
    fields.check()?;
    if method == b"CONNECT" {
        return Err("the request opens a tunnel");
    }
    // A full URL would take precedence over `Host`.
    let is_whole_server = target == b"*" && method == b"OPTIONS";
    if !target.starts_with(b"/") && !is_whole_server {
        return Err("the target of the request is not a path");
    }
    // Servers treat control characters and non-ASCII characters in the target differently.
    if !target.iter().all(u8::is_ascii_graphic) {
        return Err("the target of the request has a character that is invalid in a URL");
    }
    // A server for many names uses the `Host` of the request, not the name for which the session was opened.
    let host = fields.one("host")?.ok_or("Host is missing")?;
    if !is_server(host, server) {
        return Err("Host is not the server that the certificate is for");
    }
    let body = fields.body(minor)?;
    Ok(match fields.last(minor, method, body.as_ref()) {
        Some(why) => AfterHead::Opaque(why),
        None => match body {
            None | Some(RequestBody::Length(0)) => AfterHead::Head,
            Some(body) => AfterHead::Body(body),
        },
    })
}

struct HeaderFields<'f, 'h>(&'f [Header<'h>]);

impl<'h> HeaderFields<'_, 'h> {
    /// Returns the values of all fields of a name.
    fn of(&self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.0
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| trimmed(field.value))
    }

    /// Returns the value of a field that may appear once.
    fn one(&self, name: &str) -> Result<Option<&'h [u8]>, Oddity> {
        let mut values = self.of(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err("a field that decides about the request appears twice"),
        }
    }

    fn check(&self) -> Result<(), Oddity> {
        for field in self.0 {
            if field.name.is_empty() || !field.name.bytes().all(is_token) {
                return Err("the name of a field is malformed");
            }
            if !field.value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..)) {
                return Err("the value of a field has a control character");
            }
            // Servers that pass fields on as variables (as CGI does) confuse `Content_Length` with `Content-Length`.
            if field.name.contains('_') && is_framing(&field.name.replace('_', "-")) {
                return Err("the name of a field is ambiguous");
            }
        }
        Ok(())
    }

    /// Returns the body, if one of the two fields announces it.
    fn body(&self, minor: u8) -> Result<Option<RequestBody>, Oddity> {
        match (self.one("content-length")?, self.one("transfer-encoding")?) {
            (None, None) => Ok(None),
            (Some(length), None) => {
                RequestBody::of_length(length).map(Some).ok_or("Content-Length is not a plain number")
            }
            (None, Some(coding)) if minor == 1 && coding.eq_ignore_ascii_case(b"chunked") => {
                Ok(Some(RequestBody::chunked()))
            }
            (None, Some(_)) => Err("Transfer-Encoding is not `chunked` alone"),
            (Some(_), Some(_)) => Err("the head has both Content-Length and Transfer-Encoding"),
        }
    }

    /// Returns why the bytes after this request are opaque, if they are.
    fn last(&self, minor: u8, method: &[u8], body: Option<&RequestBody>) -> Option<&'static str> {
        let mut options = self.of("connection").flat_map(|value| value.split(|byte| *byte == b','));
        let plain = |option: &[u8]| {
            let option = trimmed(option);
            option.eq_ignore_ascii_case(b"keep-alive") || option.eq_ignore_ascii_case(b"te")
        };
        if minor == 0 {
            Some("connections of HTTP/1.0 end with the answer")
        } else if self.of("upgrade").next().is_some() {
            Some("the request switches to another protocol")
        } else if !options.all(plain) {
            // Either `close`, or the name of a field that a proxy drops, which might be the length.
            Some("Connection says more than keep-alive")
        } else if self.of("expect").next().is_some() {
            // A server that refuses the request may read the body, or take it for the next request.
            Some("whether a body follows depends on the server's answer")
        } else if body.is_none() && matches!(method, b"POST" | b"PUT" | b"PATCH") {
            Some("the length of its body is not stated")
        } else {
            None
        }
    }
}

/// Returns whether a field decides where a request ends or which server handles it.
pub(super) fn is_framing(name: &str) -> bool {
    FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing))
}

/// Returns whether a `Host` names the server, with or without a port.
fn is_server(host: &[u8], server: &str) -> bool {
    let Ok(host) = std::str::from_utf8(host) else { return false };
    let name = match host.split_once(':') {
        Some((name, port))
            if !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        Some(_) => return false,
        None => host,
    };
    let without_dot = |name: &str| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    !name.is_empty() && without_dot(name) == without_dot(server)
}

/// Trims spaces and tabs. HTTP knows no other white space here.
pub(super) fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(head: &str) -> Result<AfterHead, Oddity> {
        parse(format!("{head}\r\n\r\n").as_bytes(), "api.test")
    }

    #[test]
    fn what_follows_a_head() {
        let follows = |head: &str| next(&format!("{head}\r\nHost: api.test")).unwrap();
        assert_eq!(follows("GET / HTTP/1.1"), AfterHead::Head);
        assert_eq!(follows("GET / HTTP/1.1\r\nConnection: Keep-Alive, TE"), AfterHead::Head);
        assert_eq!(follows("POST / HTTP/1.1\r\nContent-Length:\t0 "), AfterHead::Head);
        assert_eq!(
            follows("POST / HTTP/1.1\r\nContent-Length: 12"),
            AfterHead::Body(RequestBody::Length(12))
        );
        assert_eq!(
            follows("GET / HTTP/1.1\r\ntransfer-encoding: Chunked"),
            AfterHead::Body(RequestBody::chunked())
        );
        for last in [
            "GET / HTTP/1.0",
            "POST / HTTP/1.1",
            "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade",
            "GET / HTTP/1.1\r\nConnection: close",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nConnection: keep-alive, Content-Length",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue",
        ] {
            assert!(matches!(follows(last), AfterHead::Opaque(_)), "{last}");
        }
    }

    #[test]
    fn a_host_is_the_server_or_not() {
        for host in ["api.test", "API.test:443", "api.test.", "api.test.:8443"] {
            assert!(is_server(host.as_bytes(), "api.test"), "{host}");
        }
        for host in [
            "",
            ":443",
            "api.test:",
            "api.test:x",
            "api.test:443:443",
            "api.test..",
            "b.api.test",
            "api.test@b",
            "api.test,b",
        ] {
            assert!(!is_server(host.as_bytes(), "api.test"), "{host}");
        }
    }

    #[test]
    fn odd_heads() {
        for odd in [
            "CONNECT / HTTP/1.1\r\nHost: api.test",
            "GET / HTTP/1.1",
            "GET / HTTP/1.1\r\nHost: api.test\r\nHost: api.test",
            "GET / HTTP/1.1\r\nHost: b.test",
            "GET http://api.test/ HTTP/1.1\r\nHost: api.test",
            "GET * HTTP/1.1\r\nHost: api.test",
            "GET /  HTTP/1.1\r\nHost: api.test",
            "GET /\t HTTP/1.1\r\nHost: api.test",
            "GET / HTTP/1.2\r\nHost: api.test",
            "GET /\r\nHost: api.test",
            "GET / HTTP/1.1\r\nHost: api.test\r\nX : y",
            "GET / HTTP/1.1\r\nHost: api.test\r\n X: y",
            "GET / HTTP/1.1\r\n X: y\r\nHost: api.test",
            "GET / HTTP/1.1\r\nHost: api.test\r\nX",
            "GET / HTTP/1.1\r\nHost: api.test\r\n: x",
            "GET / HTTP/1.1\r\nHost: api.test\r\nX: \u{b}",
            "GET / HTTP/1.1\r\nHost: api.test\r\nX: \u{7f}",
            "POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 1\r\nContent-Length: 1",
            "POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 1, 1",
            "POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: +1",
            "POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: ",
            "POST / HTTP/1.1\r\nHost: api.test\r\nContent_Length: 1",
            "POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
            "POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: gzip, chunked",
            "POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked, chunked",
            "POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x",
            "POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: xchunked",
            "POST / HTTP/1.0\r\nHost: api.test\r\nTransfer-Encoding: chunked",
        ] {
            assert!(next(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn what_is_no_http_is_not_held() {
        for (sent, taken) in [
            ("\r\nGET / HTTP/1.1\r\n", 1),
            ("\u{10}connect", 1),
            (" GET", 1),
            ("EHLO there\r\n", 12),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 16),
            ("GET / HTTP/1.1\n\n", 15),
            ("GET / HTTP/1.1\rX", 16),
            ("GET / HTTP/1.1\r\nX\0", 18),
            ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 33),
        ] {
            let arrival = HeadBuffer::default().take(sent.as_bytes());
            assert!(
                matches!(arrival, HeadProgress::Odd(_, count) if count == taken),
                "{sent:?}: {arrival:?}"
            );
        }
    }
}
