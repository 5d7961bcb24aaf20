//! Secrets in HTTP requests. For any bytes from the guest, no byte of a body changes, and the secret is only
//! in the head of a request to its host, according to a strict reader of RFC 9112.
#![no_main]

#[path = "http_secret/strict.rs"]
mod strict;

use arbitrary::Arbitrary;
use eryx_rt::fuzzing::network::FuzzSecret;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    requests: Vec<Request>,
    /// Bytes that are changed before sending: position and value.
    changes: Vec<(u16, Change)>,
    other_server: bool,
    /// Lengths of the pieces in which the request is sent.
    pieces: Vec<u8>,
}

#[derive(Debug, Arbitrary)]
enum Change {
    Byte(u8),
    Remove,
    Text(Odd),
}

#[derive(Debug, Arbitrary)]
enum Odd {
    Lf,
    Cr,
    CrLf,
    Colon,
    Space,
    Semicolon,
    Zero,
    Placeholder,
}

#[derive(Debug, Arbitrary)]
struct Request {
    post: bool,
    target: Text,
    headers: Vec<(Header, Text)>,
    host: Host,
    body: Body,
}

#[derive(Debug, Arbitrary)]
enum Header {
    X,
    Authorization,
    ContentLength,
    TransferEncoding,
    AcceptEncoding,
    Connection,
    Upgrade,
    Expect,
}

#[derive(Debug, Arbitrary)]
enum Host {
    Right,
    Upper,
    Port,
    Wrong,
    Twice,
    None,
}

#[derive(Debug, Arbitrary)]
enum Body {
    None,
    Length(Text),
    Chunks(Vec<(Text, Option<Text>)>, Option<Text>),
}

#[derive(Debug, Arbitrary)]
enum Text {
    Placeholder,
    Basic,
    Request,
    Chunked,
    Close,
    Bytes(Vec<u8>),
}

const VALUE: &str = "s3cr3t-Value-0042";
const SERVER: &str = "api.test";

impl Text {
    fn bytes(&self, placeholder: &str) -> Vec<u8> {
        match self {
            Self::Placeholder => placeholder.as_bytes().to_vec(),
            Self::Basic => b"Basic dXNlcjpwYXNz".to_vec(),
            // A body that looks like another request.
            Self::Request => {
                format!("GET /{placeholder} HTTP/1.1\r\nHost: {SERVER}\r\nX: {placeholder}\r\n\r\n")
                    .into_bytes()
            }
            Self::Chunked => b"chunked".to_vec(),
            Self::Close => b"close".to_vec(),
            Self::Bytes(bytes) => bytes.iter().copied().take(64).collect(),
        }
    }

    /// Returns the bytes within a line, without a line end.
    fn line(&self, placeholder: &str) -> Vec<u8> {
        let mut bytes = self.bytes(placeholder);
        bytes.retain(|byte| byte.is_ascii_graphic());
        bytes
    }
}

fn written(requests: &[Request], placeholder: &str) -> Vec<u8> {
    let mut all = Vec::new();
    for request in requests.iter().take(4) {
        all.extend_from_slice(if request.post { b"POST /" } else { b"GET /" });
        all.extend(request.target.line(placeholder));
        all.extend_from_slice(b" HTTP/1.1\r\n");
        let hosts: &[&str] = match request.host {
            Host::Right => &["api.test"],
            Host::Upper => &["API.Test"],
            Host::Port => &["api.test:443"],
            Host::Wrong => &["evil.test"],
            Host::Twice => &["api.test", "evil.test"],
            Host::None => &[],
        };
        for host in hosts {
            all.extend_from_slice(format!("Host: {host}\r\n").as_bytes());
        }
        for (header, value) in request.headers.iter().take(4) {
            all.extend_from_slice(match header {
                Header::X => b"X: ",
                Header::Authorization => b"Authorization: ",
                Header::ContentLength => b"Content-Length: ",
                Header::TransferEncoding => b"Transfer-Encoding: ",
                Header::AcceptEncoding => b"Accept-Encoding: ",
                Header::Connection => b"Connection: ",
                Header::Upgrade => b"Upgrade: ",
                Header::Expect => b"Expect: ",
            });
            all.extend(value.line(placeholder));
            all.extend_from_slice(b"\r\n");
        }
        match &request.body {
            Body::None => all.extend_from_slice(b"\r\n"),
            Body::Length(text) => {
                let body = text.bytes(placeholder);
                all.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
                all.extend(body);
            }
            Body::Chunks(chunks, trailer) => {
                all.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
                for (text, extension) in chunks.iter().take(4) {
                    let body = text.bytes(placeholder);
                    if body.is_empty() {
                        continue;
                    }
                    all.extend_from_slice(format!("{:x}", body.len()).as_bytes());
                    if let Some(extension) = extension {
                        all.push(b';');
                        all.extend(extension.line(placeholder));
                    }
                    all.extend_from_slice(b"\r\n");
                    all.extend(body);
                    all.extend_from_slice(b"\r\n");
                }
                all.extend_from_slice(b"0\r\n");
                if let Some(trailer) = trailer {
                    all.extend_from_slice(b"Trailer: ");
                    all.extend(trailer.line(placeholder));
                    all.extend_from_slice(b"\r\n");
                }
                all.extend_from_slice(b"\r\n");
            }
        }
    }
    all
}

fn changed(all: &mut Vec<u8>, changes: &[(u16, Change)], placeholder: &str) {
    for (at, change) in changes.iter().take(6) {
        if all.is_empty() {
            return;
        }
        let at = usize::from(*at) % all.len();
        match change {
            Change::Byte(byte) => all[at] = *byte,
            Change::Remove => drop(all.remove(at)),
            Change::Text(odd) => {
                let text = match odd {
                    Odd::Lf => "\n",
                    Odd::Cr => "\r",
                    Odd::CrLf => "\r\n",
                    Odd::Colon => ":",
                    Odd::Space => " ",
                    Odd::Semicolon => ";",
                    Odd::Zero => "0",
                    Odd::Placeholder => placeholder,
                };
                all.splice(at..at, text.bytes());
            }
        }
    }
}

fuzz_target!(|input: Input| {
    let secret = FuzzSecret::new(VALUE, SERVER).expect("it can be one");
    let placeholder = secret.placeholder();
    let mut asked = written(&input.requests, &placeholder);
    changed(&mut asked, &input.changes, &placeholder);
    // Skip inputs with the secret: the guest does not know it.
    if contains(&asked, VALUE.as_bytes()) {
        return;
    }
    let server = if input.other_server { "other.test" } else { SERVER };
    let pieces = cut(&asked, &input.pieces);
    let sent = secret.sent(server, pieces);
    assert_eq!(sent, secret.sent(server, [&asked[..]]), "it matters how it is cut");
    if input.other_server {
        assert_eq!(sent, asked, "another server receives different bytes");
        return;
    }

    // The server's view: the secret is only in heads, and those name the host.
    let messages = strict::read(&sent);
    let mut at = 0;
    for message in &messages {
        let head = &sent[at..at + message.head];
        assert!(
            !contains(head, VALUE.as_bytes()) || message.host_is(SERVER),
            "a head for another host has the secret"
        );
        let body = &sent[at + message.head..at + message.head + message.body];
        let body = String::from_utf8_lossy(body);
        assert!(!body.contains(VALUE), "a body has the secret: {body:?}");
        at += message.head + message.body;
    }
    let rest = String::from_utf8_lossy(&sent[at..]);
    assert!(!rest.contains(VALUE), "bytes that are not HTTP have the secret: {rest:?}");

    // The guest's bytes: the bodies are the same, byte by byte.
    let mut asked_at = 0;
    let mut sent_at = 0;
    for (before, after) in strict::read(&asked).iter().zip(&messages) {
        let body = &asked[asked_at + before.head..asked_at + before.head + before.body];
        assert_eq!(
            body,
            &sent[sent_at + after.head..sent_at + after.head + after.body],
            "a body has changed"
        );
        asked_at += before.head + before.body;
        sent_at += after.head + after.body;
    }

    // In the other direction, the placeholder replaces the secret again.
    let received = secret.received(cut(&sent, &input.pieces));
    assert_eq!(received.len(), sent.len());
    assert!(!contains(&received, VALUE.as_bytes()), "the guest gets the secret");
});

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn cut<'b>(mut bytes: &'b [u8], lengths: &[u8]) -> Vec<&'b [u8]> {
    let mut pieces = Vec::new();
    for length in lengths {
        let (piece, rest) = bytes.split_at(usize::from(*length).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces.push(bytes);
    pieces
}
