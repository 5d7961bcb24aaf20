mod nginx;
mod properties;
mod servers;
mod streams;

use super::super::head::LONGEST_HEAD;
use super::super::secrets::SecretDeclaration;
use super::*;

const VALUE: &str = "real-token-1234567890";

fn secrets() -> Arc<Secrets> {
    let declared = SecretDeclaration::new("T", VALUE, vec!["api.test".into()]).unwrap();
    Arc::new(Secrets::new(&[declared]).unwrap())
}

/// Sends a text in pieces of a length, with the placeholder for `{}`. Returns the sent bytes, and the text with the
/// placeholder.
fn sent(text: &str, server: &str, piece: usize) -> (String, String) {
    let secrets = secrets();
    let placeholder = secrets.placeholders()[0].placeholder.clone();
    let text = text.replace("{}", &placeholder);
    let mut requests = RequestFilter::new(secrets, server.into());
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
    let code = base64::encode(format!("user:{}", secrets.placeholders()[0].placeholder).as_bytes());
    for (code, expected) in [
        (code.as_str(), base64::encode(format!("user:{VALUE}").as_bytes())),
        ("", String::new()),
        ("dXNlcjpwYXNz", "dXNlcjpwYXNz".to_owned()),
    ] {
        let text = format!("GET / HTTP/1.1\r\nHost: api.test\r\nAuthorization: Basic {code}\r\n\r\n");
        let mut to = Vec::new();
        RequestFilter::new(Arc::clone(&secrets), "api.test".into()).push(text.as_bytes(), &mut to);
        assert!(String::from_utf8(to).unwrap().contains(&format!("Authorization: Basic {expected}\r\n")));
    }
}

#[test]
fn other_servers_and_other_hosts_get_the_placeholder() {
    for (server, head) in [
        ("evil.test", "GET /{} HTTP/1.1\r\nHost: api.test"),
        ("evil.test", "GET /{} HTTP/1.1\r\nHost: evil.test"),
        ("api.test", "GET /{} HTTP/1.1\r\nHost: evil.test"),
        ("api.test", "GET /{} HTTP/1.1\r\nHost: api.test\r\nHost: evil.test"),
        ("api.test", "GET /{} HTTP/1.1\r\nX: y"),
        ("api.test", "GET /{}\u{f} HTTP/1.1\r\nHost: api.test"),
        ("api.test", "GET http://evil.test/{} HTTP/1.1\r\nHost: api.test"),
        ("api.test", "GET /{} HTTP/1.1\r\nHost: api.test\r\n folded: {}"),
        ("api.test", "GET /{} HTTP/1.1\r\nHost: api.test\r\nX : y"),
        ("api.test", "GET /{} HTTP/1.1\r\nHost: api.test\r\nX: y\nHost: evil.test"),
        ("api.test", "GET /{} HTTP/1.1\r\nHost: api.test\r\nX: y\rHost: evil.test"),
        ("api.test", "GET /{} HTTP/1.1\r\nHost: api.test\r\nX: \0{}"),
        ("api.test", "GET /{} HTTP/2.0\r\nHost: api.test"),
        ("api.test", "GET /{}  HTTP/1.1\r\nHost: api.test"),
        ("api.test", "get /{} HTTP/1.1\r\nHost: api.test"),
        ("api.test", "CONNECT api.test:443 HTTP/1.1\r\nHost: api.test\r\nX: {}"),
        ("api.test", "POST /{} HTTP/1.1\r\nHost: api.test\r\nContent-Length: 1\r\nContent-Length: 2"),
    ] {
        for piece in [1, 10_000] {
            let (sent, whole) = sent(&format!("{head}\r\n\r\n"), server, piece);
            assert_eq!(sent, whole);
        }
    }
}

#[test]
fn fields_that_frame_a_request_get_no_secret() {
    for name in ["Connection", "Expect", "te", "Trailer", "Upgrade"] {
        let (sent, whole) =
            sent(&format!("GET / HTTP/1.1\r\nHost: api.test\r\n{name}: {{}}\r\n\r\n"), "api.test", 100);
        assert_eq!(sent, whole);
    }
}

#[test]
fn what_cannot_be_followed_gets_nothing_any_more() {
    let next = "GET /{} HTTP/1.1\r\nHost: api.test\r\n\r\n";
    let chunked = "POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n";
    for first in [
        format!("{chunked}zz\r\n"),
        format!("{chunked}+0\r\n\r\n"),
        // For a server that ends a line at a line feed, the chunk begins earlier.
        format!("{chunked}5;\n\r\nabcde\r\n0\r\n\r\n"),
        // The end of line after the chunk is missing.
        format!("{chunked}5\r\nabcde0\r\n\r\n"),
        format!("{chunked}5\r\nabcdeXX0\r\n\r\n"),
        format!("{chunked}0\r\nfolded:\r\n x\r\n\r\n"),
        "GET / HTTP/1.0\r\nHost: api.test\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: api.test\r\nUpgrade: websocket\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n".to_owned(),
        "POST / HTTP/1.1\r\nHost: api.test\r\n\r\n".to_owned(),
        "POST / HTTP/1.1\r\nHost: api.test\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx".to_owned(),
        "GET / HTTP/1.1\r\nHost: other.test\r\n\r\n".to_owned(),
        "CONNECT api.test:443 HTTP/1.1\r\nHost: api.test\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: api.test\r\nX: {}\r\n\r\n", "x".repeat(LONGEST_HEAD)),
        format!("GET / HTTP/1.1\r\nHost: api.test\r\n{}\r\n", "X: y\r\n".repeat(1000)),
    ] {
        for piece in [1, 100] {
            let (sent, whole) = sent(&format!("{first}{next}"), "api.test", piece);
            assert_eq!(sent, whole);
        }
    }
}

#[test]
fn the_head_before_a_switch_gets_the_secret() {
    let upgrade = "GET / HTTP/1.1\r\nHost: api.test\r\nUpgrade: websocket\r\nX: {}\r\n\r\n{}";
    let (sent, whole) = sent(upgrade, "api.test", 5);
    assert!(sent.contains(&format!("X: {VALUE}\r\n")));
    assert_eq!(sent[sent.len() - VALUE.len()..], whole[whole.len() - VALUE.len()..]);
}

#[test]
fn other_protocols_are_not_held_up() {
    for text in ["EHLO there\r\n", "\u{1}\0", "*1\r\n", "A1 LOGIN a b\r\n", "AUTHENTICATE-ME"] {
        let mut to = Vec::new();
        RequestFilter::new(secrets(), "api.test".into()).push(text.as_bytes(), &mut to);
        assert_eq!(String::from_utf8(to).unwrap(), text);
    }
}
