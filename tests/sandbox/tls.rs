//! TLS that ends on the host, the libraries that use it, and secrets in requests.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::common::authority::Authority;
use crate::common::server::Server;
use crate::common::{Project, kit::builder, scratch};
use eryx::network::{NetworkPolicy, Resolver, ResolverFuture};
use eryx::{Bundle, Cause, Error, Exception, Output, Sandbox, SandboxBuilder, Value};
use serde_json::json;

/// Returns a bundle with the two most common clients, from the index.
fn clients() -> SandboxBuilder<'static> {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    Sandbox::builder().with_bundle(BUNDLE.get_or_init(|| {
        let path: PathBuf = scratch().join("clients.eryx");
        Project::new()
            .declare(
                "packages = [\"requests~=2.32\", \"httpx~=0.28\"]\nimports = [\"requests\", \"httpx\"]\n",
            )
            .plugin(&["bundle", "-o", path.to_str().unwrap()])
            .succeeded();
        crate::common::open(path)
    }))
}

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| Authority::new("Authority of the tests"))
}

/// Resolves every name to this machine.
struct Here;

impl Resolver for Here {
    fn resolve<'a>(&'a self, _: &'a str) -> ResolverFuture<'a> {
        Box::pin(std::future::ready(Ok(vec!["127.0.0.1".parse().unwrap()])))
    }
}

/// Returns a policy that allows one server under every name in `.test`, and trusts the tests' authority.
fn policy(server: &Server) -> NetworkPolicy {
    NetworkPolicy::new()
        .with_rule(server.address.to_string())
        .with_rule("*.test")
        .with_resolver(Here)
        .without_platform_roots()
        .with_root_certificate(authority().pem())
}

#[track_caller]
fn run(builder: SandboxBuilder<'static>, code: &str) -> Output {
    builder.build().unwrap().execute_blocking(code).unwrap_or_else(|error| panic!("{error}\n{error:?}"))
}

#[track_caller]
fn value(policy: NetworkPolicy, code: &str) -> Value {
    run(builder().with_network(policy), code).value.expect("the code has a value")
}

#[track_caller]
fn exception(policy: NetworkPolicy, code: &str) -> Exception {
    match builder().with_network(policy).build().unwrap().execute_blocking(code) {
        Err(Error::Execution(failure)) => match failure.cause {
            Cause::Exception(exception) => exception,
            cause => panic!("not an exception: {cause}"),
        },
        other => panic!("not a failed execution: {other:?}"),
    }
}

/// Fetches a page with urllib; `{}` is the port of the server.
fn fetch(server: &Server, name: &str) -> String {
    format!(
        "import urllib.request\nurllib.request.urlopen('https://{name}:{}/').read().decode()",
        server.port()
    )
}

// ---- sessions ----

#[test]
fn what_a_session_says_of_itself() {
    let server = authority().serve(&["api.test", "127.0.0.1"]);
    let code = format!(
        "
import socket, ssl
context = ssl.create_default_context()
context.set_alpn_protocols(['h2', 'http/1.1'])
seen = []
with socket.create_connection(('api.test', {port})) as raw:
    with context.wrap_socket(raw, server_hostname='api.test') as s:
        seen.append([s.version(), s.cipher()[0].startswith('TLS_'), s.selected_alpn_protocol()])
        certificate = s.getpeercert()
        seen.append([certificate['subject'], certificate['subjectAltName'], certificate['issuer']])
        ssl.cert_time_to_seconds(certificate['notAfter'])
        seen.append(len(s.getpeercert(True)) > 300)
        s.sendall(b'GET / HTTP/1.1\\r\\nHost: api.test\\r\\n\\r\\n')
        got = s.recv(5)
        seen.append([got.decode(), s.pending() > 10])
context.maximum_version = ssl.TLSVersion.TLSv1_2
with context.wrap_socket(socket.create_connection(('127.0.0.1', {port})), server_hostname='127.0.0.1') as s:
    seen.append([s.version(), s.cipher()[0].startswith('ECDHE-')])
seen",
        port = server.port()
    );
    let expected = json!([
        ["TLSv1.3", true, "http/1.1"],
        [
            [[["commonName", "api.test"]]],
            [["DNS", "api.test"], ["IP Address", "127.0.0.1"]],
            [[["commonName", "Authority of the tests"]]]
        ],
        true,
        ["HTTP/", true],
        ["TLSv1.2", true]
    ]);
    assert_eq!(value(policy(&server), &code), expected);
}

#[test]
fn urllib_and_http_client() {
    let server = authority().serve(&["api.test"]);
    let code = format!(
        "
import http.client, urllib.request
one = urllib.request.urlopen('https://api.test:{port}/one').read().decode()
connection = http.client.HTTPSConnection('api.test', {port}, timeout=20)
connection.request('POST', '/two', body=b'x' * 300_000)
two = connection.getresponse().read().decode()
connection.request('GET', '/three')
three = connection.getresponse().read().decode()
[one.split('\\r\\n')[0], two.count('x') >= 300_000, three.split('\\r\\n')[0]]",
        port = server.port()
    );
    let expected = json!(["GET /one HTTP/1.1", true, "GET /three HTTP/1.1"]);
    assert_eq!(value(policy(&server), &code), expected);
}

#[test]
fn sessions_without_blocking() {
    let server = authority().serve(&["api.test"]);
    let code = format!(
        "
import select, socket, ssl
s = ssl.create_default_context().wrap_socket(
    socket.create_connection(('api.test', {port})), server_hostname='api.test', do_handshake_on_connect=False)
s.setblocking(False)
waits = 0
def patiently(function, *arguments):
    global waits
    while True:
        try:
            return function(*arguments)
        except ssl.SSLWantReadError:
            waits += 1
            select.select([s], [], [], 20)
        except ssl.SSLWantWriteError:
            select.select([], [s], [], 20)
patiently(s.do_handshake)
patiently(s.send, b'GET /slow HTTP/1.1\\r\\nHost: api.test\\r\\n\\r\\n')
[patiently(s.recv, 8).decode(), waits > 0]",
        port = server.port()
    );
    assert_eq!(value(policy(&server), &code), json!(["HTTP/1.1", true]));
}

#[test]
fn sessions_through_memory() {
    let server = authority().serve(&["api.test"]);
    let code = format!(
        "
import socket, ssl
raw = socket.create_connection(('api.test', {port}))
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
session = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname='api.test')
def carry(function, *arguments):
    while True:
        try:
            result = function(*arguments)
        except ssl.SSLWantReadError:
            raw.sendall(outgoing.read())
            incoming.write(raw.recv(65536))
        else:
            raw.sendall(outgoing.read())
            return result
carry(session.do_handshake)
carry(session.write, b'GET / HTTP/1.1\\r\\nHost: api.test\\r\\n\\r\\n')
carry(session.read, 8).decode()",
        port = server.port()
    );
    assert_eq!(value(policy(&server), &code), json!("HTTP/1.1"));
}

#[test]
fn ends_of_sessions() {
    let clean = authority().serve_with(&["api.test"], |mut stream, _| {
        let _ = stream.read(&mut [0; 10]);
        stream.write_all(b"bye").unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    });
    let torn = authority().serve_with(&["api.test"], |mut stream, _| {
        let _ = stream.read(&mut [0; 10]);
        stream.write_all(b"bye").unwrap();
        stream.flush().unwrap();
    });
    let code = |server: &Server| {
        format!(
            "
import socket, ssl
raw = socket.create_connection(('api.test', {}))
s = ssl.create_default_context().wrap_socket(raw, server_hostname='api.test', suppress_ragged_eofs=False)
s.send(b'x')
[s.recv(10).decode(), s.recv(10).decode()]",
            server.port()
        )
    };
    assert_eq!(value(policy(&clean), &code(&clean)), json!(["bye", ""]));
    assert_eq!(exception(policy(&torn), &code(&torn)).kind, "ssl.SSLEOFError");
}

// ---- certificates ----

#[test]
fn certificates_that_are_not_good() {
    let server = authority().serve(&["api.test"]);
    let wrong_name = exception(policy(&server), &fetch(&server, "other.test"));
    assert_eq!(wrong_name.kind, "urllib.error.URLError");
    assert!(wrong_name.message.contains("CERTIFICATE_VERIFY_FAILED"), "{wrong_name}");
    assert!(wrong_name.message.contains("not valid for 'other.test'"), "{wrong_name}");

    let stranger = Authority::new("Somebody").serve(&["api.test"]);
    let unknown = exception(policy(&stranger), &fetch(&stranger, "api.test"));
    assert!(unknown.message.contains("NetworkPolicy::with_root_certificate"), "{unknown}");

    let old = authority().serve_expired(&["api.test"]);
    let expired = exception(policy(&old), &fetch(&old, "api.test"));
    assert!(expired.message.contains("certificate has expired"), "{expired}");

    // No server received a request.
    assert_eq!(server.seen() + &stranger.seen() + &old.seen(), "");
}

#[test]
fn the_guest_trusts_whom_it_may() {
    let stranger = Authority::new("Somebody");
    let server = stranger.serve(&["api.test"]);
    let code = format!(
        "
import ssl, urllib.request
context = ssl.create_default_context(cadata='''{}''')
urllib.request.urlopen('https://api.test:{}/', context=context).status",
        stranger.pem(),
        server.port()
    );
    let refused = exception(policy(&server), &code);
    assert!(refused.message.contains("CERTIFICATE_VERIFY_FAILED"), "{refused}");
    assert_eq!(value(policy(&server).with_guest_roots(), &code), json!(200));
}

#[test]
fn verification_is_turned_off_only_where_the_policy_says_so() {
    let server = Authority::new("Somebody").serve(&["whatever.test"]);
    let code = format!(
        "
import ssl, urllib.request
context = ssl._create_unverified_context()
urllib.request.urlopen('https://api.test:{}/', context=context).status",
        server.port()
    );
    let refused = exception(policy(&server), &code);
    assert!(refused.message.contains("NetworkPolicy::with_unverified_tls"), "{refused}");
    assert_eq!(server.seen(), "");
    assert_eq!(value(policy(&server).with_unverified_tls(), &code), json!(200));
}

#[test]
fn a_host_name_that_is_not_checked_is_checked_all_the_same() {
    let server = authority().serve(&["api.test"]);
    let code = format!(
        "
import ssl, urllib.request
context = ssl.create_default_context()
context.check_hostname = False
urllib.request.urlopen('https://other.test:{}/', context=context).status",
        server.port()
    );
    assert!(exception(policy(&server), &code).message.contains("not valid for 'other.test'"));
}

#[test]
fn a_root_that_is_none_is_told_of_at_once() {
    let policy = NetworkPolicy::new().with_root_certificate("no certificate");
    let error = builder().with_network(policy).build().unwrap_err();
    assert!(error.to_string().contains("root certificate"), "{error}");
}

// ---- libraries ----

#[test]
fn requests_and_httpx() {
    let server = authority().serve(&["api.test"]);
    let code = format!(
        "
import requests, httpx
url = 'https://api.test:{port}'
first = lambda answer: answer.text.split('\\r\\n')[0]
seen = [first(requests.get(url + '/requests', timeout=20))]
with requests.Session() as session:
    seen.append(first(session.post(url + '/again', json={{'a': 1}})))
    seen.append(first(session.get(url + '/more')))
seen.append(first(httpx.get(url + '/httpx')))
with httpx.Client() as client:
    seen.append(first(client.put(url + '/client', content=b'body')))
try:
    requests.get('https://other.test:{port}')
except requests.exceptions.SSLError as error:
    seen.append('not valid for' in str(error))
try:
    requests.get('https://api.example.com:{port}')
except requests.exceptions.ConnectionError as error:
    seen.append('NetworkPolicy::with_rule' in str(error))
try:
    httpx.get('https://api.example.com:{port}')
except httpx.ConnectError as error:
    seen.append('NetworkPolicy::with_rule' in str(error))
try:
    requests.get(url + '/slow', timeout=0.05)
except requests.exceptions.ReadTimeout:
    seen.append('slow')
seen",
        port = server.port()
    );
    let expected = json!([
        "GET /requests HTTP/1.1",
        "POST /again HTTP/1.1",
        "GET /more HTTP/1.1",
        "GET /httpx HTTP/1.1",
        "PUT /client HTTP/1.1",
        true,
        true,
        true,
        "slow"
    ]);
    assert_eq!(run(clients().with_network(policy(&server)), &code).value, Some(expected));
}

// ---- secrets ----

const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ";

/// Python functions that send the secret in a header, and return the answer.
fn sending(port: u16) -> String {
    format!(
        "
import base64, eryx, os, ssl, urllib.request
token = os.environ['TOKEN']
def get(url, context=None, data=None, **headers):
    request = urllib.request.Request(url, data=data, headers=headers or {{'Authorization': 'Bearer ' + token}})
    return urllib.request.urlopen(request, context=context).read().decode()
port = {port}
"
    )
}

#[test]
fn a_secret_goes_to_its_host_and_comes_back_as_the_placeholder() {
    let server = authority().serve(&["api.test", "other.test"]);
    let policy = policy(&server).with_secret("TOKEN", TOKEN, ["api.test"]);
    let code = sending(server.port())
        + "
basic = base64.b64encode(b'user:' + token.encode()).decode()
[
    token,
    eryx.secret('TOKEN') == token,
    'Bearer ' + token in get(f'https://api.test:{port}/'),
    'Bearer ' + token in get(f'https://other.test:{port}/other'),
    get(f'https://api.test:{port}/body', data=b'body=' + token.encode()).count(token),
    len(get(f'https://api.test:{port}/basic', Authorization='Basic ' + basic)) > 10,
]";
    let value = value(policy, &code);
    let placeholder = value[0].as_str().unwrap().to_owned();
    assert_eq!(value, json!([placeholder, true, true, true, 2, true]));
    assert_eq!(placeholder.len(), TOKEN.len());

    let seen = server.seen();
    // The first request and the head of the third.
    assert_eq!(seen.matches(TOKEN).count(), 2, "{seen}");
    let other = seen.split("GET /other").nth(1).unwrap().split("\r\n\r\n").next().unwrap();
    assert!(other.contains(&placeholder), "{seen}");
    assert!(seen.contains(&format!("body={placeholder}")), "{seen}");
    // base64 of `user:` and the token
    assert!(seen.contains("Basic dXNlcjpnaHBfMDEyMzQ1Njc4OWFiY2RlZmdoaWpBQkNERUZHSElK"), "{seen}");
    // The host changes a request for compressed content to one for uncompressed content.
    assert!(seen.contains("Accept-Encoding: identity"), "{seen}");
}

#[test]
fn a_secret_goes_nowhere_else() {
    let stranger = Authority::new("Somebody");
    let server = authority().serve(&["api.test"]);
    let impostor = stranger.serve(&["api.test"]);
    let plain = Server::http();
    let policy = policy(&server)
        .with_rule(impostor.address.to_string())
        .with_rule(plain.address.to_string())
        .with_guest_roots()
        .with_unverified_tls()
        .with_secret("TOKEN", TOKEN, ["api.test"]);
    let code = sending(server.port())
        + &format!(
            "
get('http://api.test:{}/')
get('https://api.test:{}/', context=ssl._create_unverified_context())
get('https://api.test:{1}/', context=ssl.create_default_context(cadata='''{}'''))
get(f'https://api.test:{{port}}/', Host='evil.test', Authorization='Bearer ' + token)
",
            plain.port(),
            impostor.port(),
            stranger.pem()
        );
    run(builder().with_network(policy), &code);
    for (server, requests) in [(&plain, 1), (&impostor, 2), (&server, 1)] {
        let seen = server.seen();
        assert_eq!(seen.matches("Authorization: Bearer ").count(), requests, "{seen}");
        assert!(!seen.contains(TOKEN), "{seen}");
    }
}

#[test]
fn a_secret_does_not_get_into_a_body_by_its_framing() {
    let server = authority().serve(&["api.test"]);
    let policy = policy(&server).with_secret("TOKEN", TOKEN, ["api.test"]);
    // Each of these bodies ends at another position for some servers, followed by a fake request.
    let code = format!(
        "
import os, socket, ssl
token = os.environ['TOKEN']
fake = f'POST /fake HTTP/1.1\\r\\nHost: api.test\\r\\nX: {{token}}\\r\\n\\r\\n'
head = 'POST / HTTP/1.1\\r\\nHost: api.test\\r\\n'
chunked = head + 'Transfer-Encoding: chunked\\r\\n\\r\\n'
streams = [
    chunked + 'a;\\nAAAAAA\\r\\nBB\\r\\n100\\r\\nxxx0\\r\\n\\r\\n' + fake,
    chunked + '5\\r\\nabcdeXX0\\r\\n\\r\\n' + fake,
    chunked + '0\\n\\r\\n\\r\\n' + fake,
    head + 'Content-Length: 0\\r\\nContent-Length: 500\\r\\n\\r\\n' + fake,
    head + 'Content-Length: 0\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n' + fake,
    head + 'Expect: 100-continue\\r\\nContent-Length: 0\\r\\n\\r\\n' + fake,
    head + '\\r\\n' + fake,
]
for stream in streams:
    for size in (1, 1000):
        raw = socket.create_connection(('api.test', {}))
        with ssl.create_default_context().wrap_socket(raw, server_hostname='api.test') as s:
            data = stream.encode()
            for start in range(0, len(data), size):
                s.sendall(data[start:start + size])
            try:
                s.unwrap()
            except ssl.SSLError:
                pass  # the server just closes
",
        server.port()
    );
    run(builder().with_network(policy), &code);
    assert!(!server.seen().contains(TOKEN), "{}", server.seen());
}

#[test]
fn a_secret_does_not_leave_the_sandbox_by_its_output() {
    let sandbox = builder()
        .with_network(NetworkPolicy::new().with_secret("TOKEN", TOKEN, ["api.test"]))
        // The code may know it from any source.
        .with_file("/data/leak", TOKEN)
        .build()
        .unwrap();
    let read = "import os\ntoken = open('/data/leak').read()\nprint('printed', token)\n\
                os.write(1, b'written ' + token.encode() + b'\\n')\n";
    let output = sandbox.execute_blocking(format!("{read}[token, os.environ['TOKEN']]")).unwrap();
    let value = output.value.unwrap();
    assert_eq!(value[0], value[1]);
    let placeholder = value[1].as_str().unwrap();
    assert_ne!(placeholder, TOKEN);
    assert_eq!(output.stdout, format!("printed {placeholder}\nwritten {placeholder}\n"));
    let error = sandbox.execute_blocking(format!("{read}raise ValueError(token)")).unwrap_err();
    let exception = error.failure().unwrap().exception().unwrap();
    assert_eq!(exception.message, placeholder);
    assert!(!exception.traceback.contains(TOKEN));

    // Another sandbox has another placeholder; the interpreters of one sandbox share theirs.
    assert_eq!(
        sandbox.execute_blocking("os = __import__('os'); os.environ['TOKEN']").unwrap().value.unwrap(),
        *placeholder
    );
    let other = builder().with_network(NetworkPolicy::new().with_secret("TOKEN", TOKEN, ["api.test"]));
    assert_ne!(run(other, "import os\nos.environ['TOKEN']").value.unwrap(), *placeholder);
}

#[test]
fn a_secret_that_cannot_be_one_is_told_of_at_once() {
    let policy = NetworkPolicy::new().with_secret("TOKEN", "short", ["api.test"]);
    let error = builder().with_network(policy).build().unwrap_err();
    assert!(error.to_string().contains("secret `TOKEN`"), "{error}");
    assert!(!error.to_string().contains("short"), "{error}");
}

// ---- the event loop ----

#[test]
fn asyncio_and_httpx_async() {
    let server = authority().serve(&["api.test"]);
    let code = format!(
        "
import asyncio, httpx, ssl
async def main():
    reader, writer = await asyncio.open_connection('api.test', {port}, ssl=ssl.create_default_context())
    writer.write(b'GET /stream HTTP/1.1\\r\\nHost: api.test\\r\\n\\r\\n')
    await writer.drain()
    seen = [(await reader.readline()).decode().strip()]
    writer.close()
    async with httpx.AsyncClient(timeout=20) as client:
        urls = [f'https://api.test:{port}/slow{{number}}' for number in range(3)]
        answers = await asyncio.gather(*map(client.get, urls))
        seen += [answer.text.split('\\r\\n')[0] for answer in answers]
        try:
            await asyncio.wait_for(client.get(urls[0]), 0.05)
        except TimeoutError:
            seen.append('slow')
    return seen
asyncio.run(main())",
        port = server.port()
    );
    let expected = json!([
        "HTTP/1.1 200 OK",
        "GET /slow0 HTTP/1.1",
        "GET /slow1 HTTP/1.1",
        "GET /slow2 HTTP/1.1",
        "slow"
    ]);
    assert_eq!(run(clients().with_network(policy(&server)), &code).value, Some(expected));
}
