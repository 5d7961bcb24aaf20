//! HTTP requests on their way to a server: their heads get the secrets, their bodies do not.

use std::sync::Arc;

use super::{Secrets, base64};

/// Bytes of the longest head that is looked at.
const LONGEST_HEAD: usize = 64 << 10;

/// What a guest sends over one connection.
pub(in super::super) struct Requests {
    secrets: Arc<Secrets>,
    /// The server, as its certificate was verified.
    server: String,
    place: Place,
    /// The part of a head, or of the line of a chunk, that has come so far.
    held: Vec<u8>,
}

/// Where in a request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    /// In a body, or in a chunk of one, with so many bytes to come.
    Body(u64),
    Chunk(u64),
    /// In the line that says how long a chunk is.
    ChunkSize,
    Trailer,
    /// In what is not HTTP, or no HTTP that can be followed: no secrets any more.
    Unknown,
}

impl Requests {
    pub(in super::super) fn new(secrets: Arc<Secrets>, server: String) -> Self {
        Self { secrets, server, place: Place::Head, held: Vec::new() }
    }

    /// Takes what the guest sends; appends to `to` what is to be sent in its place.
    pub(in super::super) fn push(&mut self, mut bytes: &[u8], to: &mut Vec<u8>) {
        while !bytes.is_empty() {
            match self.place {
                Place::Unknown => {
                    to.extend_from_slice(bytes);
                    return;
                }
                Place::Body(left) | Place::Chunk(left) => {
                    let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    to.extend_from_slice(&bytes[..count]);
                    bytes = &bytes[count..];
                    let left = left - count as u64;
                    self.place = match (self.place, left) {
                        (Place::Body(_), 0) => Place::Head,
                        (Place::Body(_), left) => Place::Body(left),
                        (_, 0) => Place::ChunkSize,
                        (_, left) => Place::Chunk(left),
                    };
                }
                Place::Head => bytes = self.take(bytes, b"\r\n\r\n", to),
                Place::ChunkSize | Place::Trailer => bytes = self.take(bytes, b"\r\n", to),
            }
        }
    }

    /// The guest sends no more.
    pub(in super::super) fn end(&mut self, to: &mut Vec<u8>) {
        to.append(&mut self.held);
        self.place = Place::Unknown;
    }

    /// Holds what comes until the part that ends so is whole, and passes that on. Returns what is left.
    fn take<'b>(&mut self, bytes: &'b [u8], end: &[u8], to: &mut Vec<u8>) -> &'b [u8] {
        // The end may have begun with what is held.
        let from = self.held.len().saturating_sub(end.len() - 1);
        let before = self.held.len();
        let room = LONGEST_HEAD.saturating_sub(before).min(bytes.len());
        self.held.extend_from_slice(&bytes[..room]);
        let found = self.held[from..].windows(end.len()).position(|window| window == end);
        if let Some(found) = found {
            let length = from + found + end.len();
            self.held.truncate(length);
            let part = std::mem::take(&mut self.held);
            self.pass(&part, to);
            return &bytes[length - before..];
        }
        // A request begins with its method.
        let method = self.place != Place::Head || self.held[0].is_ascii_uppercase();
        if self.held.len() >= LONGEST_HEAD || !method {
            self.end(to);
        }
        &bytes[room..]
    }

    fn pass(&mut self, part: &[u8], to: &mut Vec<u8>) {
        match self.place {
            Place::Head => {
                if let Some((head, place)) =
                    std::str::from_utf8(part).ok().and_then(|head| self.rewrite(head))
                {
                    to.extend_from_slice(head.as_bytes());
                    self.place = place;
                } else {
                    to.extend_from_slice(part);
                    self.place = Place::Unknown;
                }
            }
            Place::ChunkSize => {
                to.extend_from_slice(part);
                let line = std::str::from_utf8(part).unwrap_or_default().trim_end();
                let size = line.split(';').next().unwrap_or_default();
                // Rust reads `+a` as a number, HTTP does not.
                let number = u64::from_str_radix(size, 16).ok().filter(|_| !size.starts_with('+'));
                self.place = match number {
                    Some(0) => Place::Trailer,
                    // The bytes, and the end of line after them.
                    Some(size) => Place::Chunk(size.saturating_add(2)),
                    None => Place::Unknown,
                };
            }
            _ => {
                to.extend_from_slice(part);
                if part == b"\r\n" {
                    self.place = Place::Head;
                }
            }
        }
    }

    /// The head with the secrets in it, and what follows it; `None` if it cannot be told what that is.
    fn rewrite(&self, head: &str) -> Option<(String, Place)> {
        let head = head.strip_suffix("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let request = lines.next()?;
        let mut parts = request.split(' ');
        let (method, target, version) = (parts.next()?, parts.next()?, parts.next()?);
        let headers: Vec<(&str, &str)> = lines.map(|line| line.split_once(':')).collect::<Option<_>>()?;
        let known = parts.next().is_none()
            && method.bytes().all(|byte| byte.is_ascii_uppercase())
            && matches!(version, "HTTP/1.1" | "HTTP/1.0")
            && !head.contains(['\0']) && !head.replace("\r\n", "").contains(['\r', '\n'])
            // Neither a line that goes on from the one before, nor a space that some take as part of the name.
            && headers.iter().all(|(name, _)| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()));
        if !known {
            return None;
        }
        let of = |wanted: &'static str| {
            headers
                .iter()
                .filter(move |(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.trim())
        };
        let one = |wanted: &'static str| -> Option<Option<&str>> {
            let mut values = of(wanted);
            let value = values.next();
            values.next().is_none().then_some(value)
        };
        let next = match (one("content-length")?, one("transfer-encoding")?) {
            _ if method == "CONNECT" || of("upgrade").next().is_some() => Place::Unknown,
            (None, None) => Place::Head,
            (Some(length), None) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
                match length.parse().ok()? {
                    0 => Place::Head,
                    length => Place::Body(length),
                }
            }
            (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => Place::ChunkSize,
            _ => return None,
        };
        // A server of many names goes by what the request says, not by what the session was opened for.
        let host = one("host")??;
        let host = match host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => host,
        };
        let same = host.trim_end_matches('.').eq_ignore_ascii_case(self.server.trim_end_matches('.'));
        if !same || !(target.starts_with('/') || target == "*") {
            return Some((format!("{head}\r\n\r\n"), next));
        }
        Some((self.fill(request, &headers), next))
    }

    /// The head with the secrets in it.
    fn fill(&self, request: &str, headers: &[(&str, &str)]) -> String {
        let replace = |text: &str| {
            let secrets = self.secrets.of_host(&self.server);
            secrets.fold(text.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value))
        };
        let mut filled = replace(request);
        let mut used = filled != request;
        for (name, value) in headers {
            let new = basic(name, value, replace).unwrap_or_else(|| replace(value));
            used |= new != **value;
            filled += "\r\n";
            filled += name;
            filled += ":";
            filled += &new;
        }
        if !used {
            // As it came, whatever that is.
            return format!("{filled}\r\n\r\n");
        }
        // What comes back has to be readable, to be rid of the secret should it be among it.
        let mut head: String = filled
            .split("\r\n")
            .filter(|line| {
                !line.split(':').next().is_some_and(|name| name.eq_ignore_ascii_case("accept-encoding"))
            })
            .collect::<Vec<_>>()
            .join("\r\n");
        head += "\r\nAccept-Encoding: identity\r\n\r\n";
        head
    }
}

/// A value of `Authorization: Basic`, which hides the secret from a search.
fn basic(name: &str, value: &str, replace: impl Fn(&str) -> String) -> Option<String> {
    if !name.eq_ignore_ascii_case("authorization") {
        return None;
    }
    let (scheme, code) = value.trim().split_once(' ')?;
    let plain = String::from_utf8(base64::decode(code.trim())?).ok()?;
    let new = replace(&plain);
    (scheme.eq_ignore_ascii_case("basic") && new != plain)
        .then(|| format!(" {scheme} {}", base64::encode(new.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::super::Declared;
    use super::*;

    const VALUE: &str = "real-token-1234567890";

    fn secrets() -> Arc<Secrets> {
        let declared = Declared::new("T", VALUE, vec!["api.test".into()]).unwrap();
        Arc::new(Secrets::new(&[declared]).unwrap())
    }

    /// What is sent for a text in which `{}` stands for the placeholder, cut into pieces of a length.
    fn sent(text: &str, server: &str, piece: usize) -> (String, String) {
        let secrets = secrets();
        let placeholder = secrets.0[0].placeholder.clone();
        let text = text.replace("{}", &placeholder);
        let mut requests = Requests::new(secrets, server.into());
        let mut to = Vec::new();
        for part in text.as_bytes().chunks(piece) {
            requests.push(part, &mut to);
        }
        requests.end(&mut to);
        (String::from_utf8(to).unwrap(), text)
    }

    #[test]
    fn heads_get_the_secret_and_bodies_do_not() {
        let text = "POST /a?key={} HTTP/1.1\r\nHost: api.test\r\nAuthorization: Bearer {}\r\nContent-Length: 23\r\n\r\n\
                    x={}\
                    GET /b HTTP/1.1\r\nX: {}\r\nhost: API.test:443\r\nAccept-Encoding: gzip\r\n\r\n\
                    POST /c HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n\
                    15;x=y\r\n{}\r\n0\r\nTrailer: {}\r\n\r\n\
                    GET /{} HTTP/1.1\r\nHost: api.test\r\n\r\n";
        for piece in [1, 2, 3, 7, 50, 10_000] {
            let (sent, whole) = sent(text, "api.test", piece);
            let placeholder = &whole["POST /a?key=".len()..][..VALUE.len()];
            let expected = format!(
                "POST /a?key={VALUE} HTTP/1.1\r\nHost: api.test\r\nAuthorization: Bearer {VALUE}\r\n\
                 Content-Length: 23\r\nAccept-Encoding: identity\r\n\r\nx={placeholder}\
                 GET /b HTTP/1.1\r\nX: {VALUE}\r\nhost: API.test:443\r\nAccept-Encoding: identity\r\n\r\n\
                 POST /c HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n\
                 15;x=y\r\n{placeholder}\r\n0\r\nTrailer: {placeholder}\r\n\r\n\
                 GET /{VALUE} HTTP/1.1\r\nHost: api.test\r\nAccept-Encoding: identity\r\n\r\n"
            );
            assert_eq!(sent, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn basic_authorization_is_looked_into() {
        let secrets = secrets();
        let code = base64::encode(format!("user:{}", secrets.0[0].placeholder).as_bytes());
        let text = format!("GET / HTTP/1.1\r\nHost: api.test\r\nAuthorization: Basic {code}\r\n\r\n");
        let mut to = Vec::new();
        Requests::new(secrets, "api.test".into()).push(text.as_bytes(), &mut to);
        let expected = base64::encode(format!("user:{VALUE}").as_bytes());
        assert!(String::from_utf8(to).unwrap().contains(&format!("Authorization: Basic {expected}\r\n")));
    }

    #[test]
    fn other_servers_and_other_hosts_get_the_placeholder() {
        for (server, head) in [
            ("evil.test", "GET /{} HTTP/1.1\r\nHost: api.test"),
            ("api.test", "GET /{} HTTP/1.1\r\nHost: evil.test"),
            ("api.test", "GET /{} HTTP/1.1\r\nHost: api.test\r\nHost: evil.test"),
            ("api.test", "GET /{} HTTP/1.1\r\nX: y"),
            ("api.test", "GET http://evil.test/{} HTTP/1.1\r\nHost: api.test"),
            ("api.test", "GET /{} HTTP/1.1\r\nHost: api.test\r\n folded: {}"),
            ("api.test", "GET /{} HTTP/1.1\r\nHost: api.test\r\nX : y"),
            ("api.test", "GET /{} HTTP/1.1\r\nHost: api.test\r\nX: y\nHost: evil.test"),
            ("api.test", "GET /{} HTTP/2.0\r\nHost: api.test"),
            ("api.test", "GET /{}  HTTP/1.1\r\nHost: api.test"),
            ("api.test", "POST /{} HTTP/1.1\r\nHost: api.test\r\nContent-Length: 1\r\nContent-Length: 2"),
            (
                "api.test",
                "POST /{} HTTP/1.1\r\nHost: api.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
            ),
            ("api.test", "POST /{} HTTP/1.1\r\nHost: api.test\r\nContent-Length: +1"),
            ("api.test", "POST /{} HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: gzip, chunked"),
            ("api.test", "get /{} HTTP/1.1\r\nHost: api.test"),
        ] {
            for piece in [1, 10_000] {
                let (sent, whole) = sent(&format!("{head}\r\n\r\n"), server, piece);
                assert_eq!(sent, whole);
            }
        }
    }

    #[test]
    fn what_cannot_be_followed_gets_nothing_any_more() {
        let next = "GET /{} HTTP/1.1\r\nHost: api.test\r\n\r\n";
        for first in [
            "POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_owned(),
            "POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n+0\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\nHost: api.test\r\nUpgrade: websocket\r\n\r\n".to_owned(),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
            format!("GET / HTTP/1.1\r\nHost: api.test\r\nX: {}\r\n\r\n", "x".repeat(LONGEST_HEAD)),
        ] {
            let (sent, whole) = sent(&format!("{first}{next}"), "api.test", 100);
            assert_eq!(sent, whole);
        }
    }
}
