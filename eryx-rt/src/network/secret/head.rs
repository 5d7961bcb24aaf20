//! The head of an HTTP/1 request: whether it can be followed, and what comes after it.
//!
//! The secrets go into heads, so a body must never be taken for one. `httparse` reads a head; the rules here refuse what
//! RFC 9112 allows a parser to repair, because another parser may repair it in another way.

use httparse::{Header, Request, Status};

use super::framing::{RequestBody, is_token};

/// Bytes of the longest head that is looked at, of the longest method, and the most fields.
pub(super) const LONGEST_HEAD: usize = 64 << 10;
const LONGEST_METHOD: usize = 32;
const MOST_FIELDS: usize = 128;

/// Fields that decide where a request ends and who gets it. No secret goes into them.
const FRAMING: [&str; 8] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "expect", "te", "trailer"];

/// Why a request cannot be followed.
pub(super) type Oddity = &'static str;

/// A head that is coming in.
#[derive(Debug, Default)]
pub(super) struct HeadBuffer {
    bytes: Vec<u8>,
    /// Whether the line of the request has come, and was looked at.
    has_line: bool,
}

/// What a part of a stream did to a head.
#[derive(Debug)]
pub(super) enum HeadProgress {
    /// The head goes on.
    More,
    /// Here is the head. It ended after so many bytes of the part.
    Whole(Vec<u8>, usize),
    /// It is no head of a request. Of the part, so many bytes were taken.
    Odd(Oddity, usize),
}

impl HeadBuffer {
    /// Takes the next part of the stream. Whatever is no HTTP/1 is noticed with its first byte, or at the end of its
    /// first line at the latest, because its server may answer before more is sent.
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

    /// Looks at a byte that has just been added.
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
        // Until there is a space, it is the method.
        let begun = &self.bytes[..self.bytes.len().min(LONGEST_METHOD + 1)];
        let method = begun.iter().position(|byte| *byte == b' ').unwrap_or(begun.len());
        if method == 0 || method > LONGEST_METHOD || !begun[..method].iter().all(u8::is_ascii_uppercase) {
            return Err("it does not begin with a method");
        }
        Ok(())
    }

    /// What has come of a head that is not whole.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Method, target, and the digit of the version of a line with its end.
fn request_line(line: &[u8]) -> Result<(&[u8], &[u8], u8), Oddity> {
    let mut parts = line.strip_suffix(b"\r\n").unwrap_or(line).split(|byte| *byte == b' ');
    let (method, target, version) = (parts.next(), parts.next(), parts.next());
    let (Some(method), Some(target), Some(version), None) = (method, target, version, parts.next()) else {
        return Err("the line of the request has not three parts");
    };
    if target.is_empty() || !target.iter().all(u8::is_ascii_graphic) {
        return Err("the target of the request is not of visible characters");
    }
    match version {
        b"HTTP/1.1" => Ok((method, target, 1)),
        b"HTTP/1.0" => Ok((method, target, 0)),
        _ => Err("the version is not HTTP/1"),
    }
}

/// What follows a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AfterHead {
    Head,
    Body(RequestBody),
    /// What follows is no request, or it depends on the server's answer whether it is one.
    Opaque(&'static str),
}

/// Reads a head, and says what follows it. It is odd unless it is a request to `server` that all parsers read alike.
pub(super) fn parse(head: &[u8], server: &str) -> Result<AfterHead, Oddity> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut request = Request::new(&mut fields);
    match request.parse(head) {
        Ok(Status::Complete(length)) if length == head.len() => {}
        Ok(_) => return Err("the head ends somewhere else"),
        Err(httparse::Error::TooManyHeaders) => return Err("the head has too many fields"),
        Err(_) => return Err("the head is malformed"),
    }
    let line = head.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let (method, target, minor) = request_line(line)?;
    if (request.method.map(str::as_bytes), request.path.map(str::as_bytes), request.version)
        != (Some(method), Some(target), Some(minor))
    {
        return Err("the line of the request can be read in two ways");
    }
    let fields = HeaderFields(request.headers);
    fields.check()?;
    if method == b"CONNECT" {
        return Err("it asks for a tunnel");
    }
    // A full URL would overrule `Host`.
    let is_whole_server = target == b"*" && method == b"OPTIONS";
    if !target.starts_with(b"/") && !is_whole_server {
        return Err("the target of the request is no path");
    }
    // Servers differ in what they make of a control character there, and of one beyond ASCII.
    if !target.iter().all(u8::is_ascii_graphic) {
        return Err("the target of the request has a character that no URL has");
    }
    // A server of many names goes by what the request says, not by what the session was opened for.
    let host = fields.one("host")?.ok_or("there is no Host")?;
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
    /// Values of the fields of a name.
    fn of(&self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.0
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| trimmed(field.value))
    }

    /// The value of a field that may be there once.
    fn one(&self, name: &str) -> Result<Option<&'h [u8]>, Oddity> {
        let mut values = self.of(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err("a field that decides about the request is there twice"),
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
            // Servers that hand on fields as variables take `Content_Length` for the same.
            if field.name.contains('_') && is_framing(&field.name.replace('_', "-")) {
                return Err("the name of a field can be read in two ways");
            }
        }
        Ok(())
    }

    /// The body, if one of the two fields announces it.
    fn body(&self, minor: u8) -> Result<Option<RequestBody>, Oddity> {
        match (self.one("content-length")?, self.one("transfer-encoding")?) {
            (None, None) => Ok(None),
            (Some(length), None) => {
                RequestBody::of_length(length).map(Some).ok_or("Content-Length is no plain number")
            }
            (None, Some(coding)) if minor == 1 && coding.eq_ignore_ascii_case(b"chunked") => {
                Ok(Some(RequestBody::chunked()))
            }
            (None, Some(_)) => Err("Transfer-Encoding is not `chunked` alone"),
            (Some(_), Some(_)) => Err("there are both Content-Length and Transfer-Encoding"),
        }
    }

    /// Why nothing after this request is looked at, if that is so.
    fn last(&self, minor: u8, method: &[u8], body: Option<&RequestBody>) -> Option<&'static str> {
        let mut options = self.of("connection").flat_map(|value| value.split(|byte| *byte == b','));
        let plain = |option: &[u8]| {
            let option = trimmed(option);
            option.eq_ignore_ascii_case(b"keep-alive") || option.eq_ignore_ascii_case(b"te")
        };
        if minor == 0 {
            Some("connections of HTTP/1.0 end with the answer")
        } else if self.of("upgrade").next().is_some() {
            Some("it asks for another protocol")
        } else if !options.all(plain) {
            // `close`, or a name of a field that a proxy is to drop, which might be the length.
            Some("Connection says more than keep-alive")
        } else if self.of("expect").next().is_some() {
            // A server that refuses may read the body, or take what follows for the next request.
            Some("whether a body follows depends on the server's answer")
        } else if body.is_none() && matches!(method, b"POST" | b"PUT" | b"PATCH") {
            Some("the length of its body is not stated")
        } else {
            None
        }
    }
}

/// Whether a field decides where a request ends or who gets it.
pub(super) fn is_framing(name: &str) -> bool {
    FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing))
}

/// Whether a `Host` names the server, with or without a port.
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

/// Without the spaces and tabs around it; other white space is none in HTTP.
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
