//! The network: allowed and refused connections of a policy, with real servers on this machine.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::common::kit::builder;
use crate::common::server::Server;
use eryx::ConfigError;
use eryx::network::{NetworkPolicy, Resolver, ResolverFuture};
use eryx::{Cause, Error, Exception, Limits, Output, Sandbox, Value};
use serde_json::json;

fn sandbox(policy: NetworkPolicy) -> Sandbox {
    builder().with_network(policy).build().unwrap()
}

/// Returns a policy that allows one server.
fn only(server: &Server) -> NetworkPolicy {
    NetworkPolicy::new().with_rule(server.address.to_string())
}

#[track_caller]
fn run(policy: NetworkPolicy, code: &str) -> Output {
    sandbox(policy).execute_blocking(code).unwrap_or_else(|error| panic!("{error}\n{error:?}"))
}

/// Returns the value of code.
#[track_caller]
fn value(policy: NetworkPolicy, code: &str) -> Value {
    run(policy, code).value.expect("the code has a value")
}

/// Returns the exception of code.
#[track_caller]
fn exception(policy: NetworkPolicy, code: &str) -> Exception {
    match sandbox(policy).execute_blocking(code) {
        Err(Error::Execution(failure)) => match failure.cause {
            Cause::Exception(exception) => exception,
            cause => panic!("not an exception: {cause}"),
        },
        other => panic!("not a failed execution: {other:?}"),
    }
}

/// Answers from a list, in order; repeats the last one.
struct Answers {
    answers: Vec<Vec<&'static str>>,
    asked: Arc<AtomicUsize>,
}

impl Resolver for Answers {
    fn resolve<'a>(&'a self, name: &'a str) -> ResolverFuture<'a> {
        let count = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[count.min(self.answers.len() - 1)].clone();
        Box::pin(async move {
            if name == "unknown.test" {
                return Err(io::ErrorKind::NotFound.into());
            }
            Ok(answer.iter().map(|text| text.parse().unwrap()).collect())
        })
    }
}

fn resolving(answers: &[&[&'static str]]) -> Answers {
    Answers { answers: answers.iter().map(|one| one.to_vec()).collect(), asked: Arc::default() }
}

// ---- sockets ----

#[test]
fn a_socket_sends_and_receives() {
    let server = Server::echo();
    let code = format!(
        "
import socket
with socket.create_connection(('127.0.0.1', {}), timeout=10) as s:
    s.sendall(b'spam' * 100_000)
    s.shutdown(socket.SHUT_WR)
    received = b''
    while part := s.recv(65536):
        received += part
[received == b'spam' * 100_000, s.fileno()]",
        server.port()
    );
    // An echo server without a reader stops reading: 400 kB fit into the buffers of both sockets.
    assert_eq!(value(only(&server), &code), json!([true, -1]));
}

#[test]
fn the_parts_of_a_socket() {
    let server = Server::echo();
    let code = format!(
        "
import errno, select, selectors, socket
seen = []
s = socket.socket()
seen.append([s.family.name, s.type.name, s.fileno() > 1000, s.gettimeout()])
s.setblocking(False)
seen.append(s.connect_ex(('127.0.0.1', {port})) in (0, errno.EINPROGRESS))
seen.append([len(ready) for ready in select.select([], [s], [], 10)])
seen.append(s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
seen.append([s.getpeername()[0], s.getsockname()])
try:
    s.recv(10)
except BlockingIOError as error:
    seen.append(error.errno == errno.EAGAIN)
s.send(b'abcdef')
with selectors.DefaultSelector() as selector:
    selector.register(s, selectors.EVENT_READ, 'data')
    seen.append([(key.data, events) for key, events in selector.select(10)])
seen.append(s.recv(2, socket.MSG_PEEK).decode())
buffer = bytearray(3)
seen.append([s.recv_into(buffer), buffer.decode()])
s.settimeout(10)
file = s.makefile('rwb')
file.write(b'line\\n')
file.flush()
seen.append(file.readline().decode())
file.close()
s.close()
try:
    s.send(b'x')
except OSError as error:
    seen.append(error.errno == errno.EBADF)
seen",
        port = server.port()
    );
    let expected = json!([
        ["AF_INET", "SOCK_STREAM", true, null],
        true,
        [0, 1, 0],
        0,
        ["127.0.0.1", ["0.0.0.0", 0]],
        true,
        [["data", 1]],
        "ab",
        [3, "abc"],
        "defline\n",
        true
    ]);
    assert_eq!(value(only(&server), &code), expected);
}

#[test]
fn a_pair_of_sockets_is_within_the_sandbox() {
    let code = "
import select, socket
a, b = socket.socketpair()
a.sendall(b'ping')
first = select.select([a, b], [], [], 0)[0] == [b]
data = b.recv(10).decode()
a.close()
[first, data, b.recv(1).decode()]";
    assert_eq!(value(NetworkPolicy::new(), code), json!([true, "ping", ""]));
}

#[test]
fn time_outs_of_the_guest() {
    let server = Server::silent();
    let code = format!(
        "
import select, socket, time
s = socket.create_connection(('127.0.0.1', {}))
s.settimeout(0.05)
seen = []
begun = time.monotonic()
try:
    s.recv(1)
except TimeoutError as error:
    seen.append(str(error))
seen.append(select.select([s], [], [], 0.05)[0])
seen.append(0.1 <= time.monotonic() - begun < 5)
seen",
        server.port()
    );
    assert_eq!(value(only(&server), &code), json!(["timed out", [], true]));
}

#[test]
fn refused_and_unknown() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let policy = NetworkPolicy::new().with_rule("127.0.0.1").with_rule("unknown.test");
    let policy = policy.with_resolver(resolving(&[&[]]));
    let code = format!(
        "
import socket
def fail(*address):
    try:
        socket.create_connection(address)
    except OSError as error:
        return type(error).__name__
[fail('127.0.0.1', {port}), fail('unknown.test', 80)]"
    );
    assert_eq!(value(policy, &code), json!(["ConnectionRefusedError", "gaierror"]));
}

#[test]
fn http_client_and_urllib() {
    let server = Server::http();
    let code = format!(
        "
import http.client, urllib.request
connection = http.client.HTTPConnection('127.0.0.1', {port})
connection.request('POST', '/one', body=b'first')
one = connection.getresponse().read().decode()
connection.request('GET', '/two')
two = connection.getresponse().read().decode()
three = urllib.request.urlopen('http://127.0.0.1:{port}/three').read().decode()
[one.startswith('POST /one') and one.endswith('first'), two.split('\\r\\n')[0], three.split('\\r\\n')[0]]",
        port = server.port()
    );
    let expected = json!([true, "GET /two HTTP/1.1", "GET /three HTTP/1.1"]);
    assert_eq!(value(only(&server), &code), expected);
}

#[test]
fn wall_time_ends_a_wait_for_the_network() {
    let server = Server::silent();
    let limits = Limits::default().with_wall_time(Duration::from_millis(300));
    let sandbox = builder().with_network(only(&server)).with_limits(limits).build().unwrap();
    let code = format!("import socket; socket.create_connection(('127.0.0.1', {})).recv(1)", server.port());
    let begun = Instant::now();
    match sandbox.execute_blocking(&code) {
        Err(Error::Execution(failure)) => {
            assert_eq!(failure.cause, Cause::WallTime(Duration::from_millis(300)));
        }
        other => panic!("{other:?}"),
    }
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_connection_outlives_the_runtime_that_made_it() {
    let server = Server::echo();
    let sandbox = sandbox(only(&server));
    let mut session = sandbox.session_blocking().unwrap();
    session
        .execute_blocking(format!(
            "import socket; s = socket.create_connection(('127.0.0.1', {}))",
            server.port()
        ))
        .unwrap();
    // Inside a runtime, a blocking call runs on a separate thread and runtime.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let code = "s.sendall(b'here'); s.recv(10).decode()";
    assert_eq!(runtime.block_on(session.execute(code)).unwrap().value, Some(json!("here")));
    drop(runtime);
    assert_eq!(session.execute_blocking(code).unwrap().value, Some(json!("here")));
}

#[test]
fn nothing_listens_and_nothing_is_sent_to_nobody() {
    let code = "
import socket
def fail(make):
    try:
        make()
    except OSError as error:
        return str(error).split('] ')[-1]
s = socket.socket()
[
    fail(lambda: s.bind(('127.0.0.1', 0))),
    fail(s.listen),
    fail(lambda: socket.socket(type=socket.SOCK_DGRAM)),
    fail(lambda: socket.create_server(('', 0))),
]";
    let expected = json!([
        "a sandbox's socket cannot be bound: it can only connect",
        "a sandbox's socket cannot listen: it can only connect",
        "a sandbox has TCP sockets only",
        "a sandbox's socket cannot be bound: it can only connect"
    ]);
    let Value::Array(mut seen) = value(NetworkPolicy::new(), code) else { panic!() };
    // `create_server` adds the address to the message.
    let last = seen[3].as_str().unwrap().split(" (while").next().unwrap().to_owned();
    seen[3] = last.into();
    assert_eq!(Value::Array(seen), expected);
}

// ---- the policy ----

#[test]
fn without_a_policy_there_is_no_network() {
    let server = Server::echo();
    let code = format!("import socket; socket.create_connection(('127.0.0.1', {}))", server.port());
    let error = builder().build().unwrap().execute_blocking(&code).unwrap_err();
    let failure = error.failure().unwrap();
    let exception = failure.exception().unwrap();
    assert_eq!(exception.kind, "PermissionError");
    assert!(exception.message.contains("SandboxBuilder::with_network"), "{exception}");
    let error = builder().build().unwrap().execute_blocking("import socket; socket.gethostbyname('a.test')");
    assert!(error.unwrap_err().to_string().contains("SandboxBuilder::with_network"));
}

#[test]
fn an_empty_policy_allows_nothing_and_says_what_would() {
    let refused =
        exception(NetworkPolicy::new(), "import socket; socket.create_connection(('1.1.1.1', 443))");
    assert_eq!(refused.kind, "PermissionError");
    assert!(refused.message.contains("NetworkPolicy::with_rule(\"1.1.1.1:443\")"), "{refused}");
    let refused =
        exception(NetworkPolicy::new(), "import socket; socket.create_connection(('evil.test', 443))");
    assert_eq!(refused.kind, "_socket.NameDeniedError");
    assert!(refused.message.contains("NetworkPolicy::with_rule(\"evil.test:443\")"), "{refused}");
}

/// Every disguise of an address that is not public, through `*`, which allows all public addresses.
#[test]
fn special_addresses_are_refused_unless_named() {
    let server = Server::echo();
    let port = server.port();
    for address in [
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
    ] {
        let code = format!(
            "import socket\ns = socket.socket(socket.AF_INET6 if ':' in '{address}' else socket.AF_INET)\n\
             s.connect(('{address}', {port}))"
        );
        let refused = exception(NetworkPolicy::new().with_rule("*"), &code);
        assert_eq!(refused.kind, "PermissionError", "{address}: {refused}");
        assert!(refused.message.contains("only if it is named"), "{address}: {refused}");
    }
    assert_eq!(server.seen(), "");
    // An explicit rule allows it, in each of its forms.
    let code = format!(
        "import socket\ns = socket.socket(socket.AF_INET6)\ns.connect(('::ffff:127.0.0.1', {port}))\ns.send(b'x')"
    );
    assert_eq!(value(only(&server), &code), json!(1));
}

#[test]
fn a_name_does_not_lead_to_an_address_that_is_not_named() {
    let server = Server::echo();
    let port = server.port();
    for answer in ["127.0.0.1", "::ffff:127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "fd00::1"] {
        let answer: &'static str = answer;
        let policy = NetworkPolicy::new()
            .with_rule("*.example.test")
            .with_rule("*")
            .with_resolver(resolving(&[&[answer]]));
        let code = format!("import socket; socket.create_connection(('a.example.test', {port}))");
        let refused = exception(policy, &code);
        assert_eq!(refused.kind, "_socket.NameDeniedError");
        assert!(refused.message.contains("only if it is named"), "{refused}");
    }
    assert_eq!(server.seen(), "");
    let policy =
        only(&server).with_rule("a.example.test").with_resolver(resolving(&[&["10.0.0.1", "127.0.0.1"]]));
    let code = format!(
        "import socket\ns = socket.create_connection(('A.example.test.', {port}))\ns.send(b'x')\ns.getpeername()[0]"
    );
    assert_eq!(value(policy, &code), json!("127.0.0.1"));
}

#[test]
fn a_second_answer_of_the_name_server_gets_nowhere() {
    let server = Server::echo();
    let port = server.port();
    let answers = resolving(&[&["198.17.0.1"], &["127.0.0.1"]]);
    let asked = Arc::clone(&answers.asked);
    let policy = NetworkPolicy::new().with_rule(format!("rebind.test:{port}")).with_resolver(answers);
    let policy = policy.with_connect_timeout(Duration::from_millis(100));
    // The first answer is a public address; it is kept, and connections go to that address.
    let code = format!(
        "
import socket
seen = [socket.getaddrinfo('rebind.test', {port})[0][4][0] for _ in range(3)]
try:
    # Nobody answers there, unless this machine has somebody who answers for everybody.
    seen.append(socket.create_connection(('rebind.test', {port})).getpeername()[0] != '127.0.0.1')
except OSError as error:
    seen.append(not isinstance(error, PermissionError))
try:
    socket.create_connection(('127.0.0.1', {port}))
except PermissionError as error:
    seen.append('only if it is named' in str(error))
seen"
    );
    let expected = json!(["198.17.0.1", "198.17.0.1", "198.17.0.1", true, true]);
    assert_eq!(value(policy, &code), expected);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(server.seen(), "");
}

#[test]
fn an_address_is_reached_only_by_a_name_that_may_at_its_port() {
    let policy = || {
        NetworkPolicy::new()
            .with_rule("good.test:443")
            .with_connect_timeout(Duration::from_millis(50))
            .with_resolver(resolving(&[&["198.17.0.1"]]))
    };
    let denied = |code: &str| exception(policy(), &format!("import socket\n{code}"));
    let by_address = denied("socket.create_connection(('198.17.0.1', 443))");
    assert_eq!(by_address.kind, "PermissionError", "{by_address}");
    let other_port = denied("socket.create_connection(('good.test', 80))");
    assert_eq!(other_port.kind, "PermissionError", "{other_port}");
    assert!(other_port.message.contains("with_rule(\"good.test:80\")"), "{other_port}");
    // An address that was resolved from the name may be connected to, even if no server answers there.
    let found = "
import socket
try:
    socket.create_connection((socket.gethostbyname('good.test'), 443))
except OSError as error:
    assert not isinstance(error, PermissionError)";
    run(policy(), found);
    let other_name = denied("socket.gethostbyname('notgood.test')");
    assert_eq!(other_name.kind, "_socket.NameDeniedError");
}

#[test]
fn a_rule_that_cannot_be_read_is_told_of_at_once() {
    let policy =
        NetworkPolicy::new().with_rule("api.example.com:443").with_rule("https://api.example.com/v1");
    let error = builder().with_network(policy).build().unwrap_err();
    assert!(matches!(error, Error::Config(ConfigError::NetworkPolicy { .. })));
    assert!(error.to_string().contains("`https://api.example.com/v1`"), "{error}");
    assert!(error.to_string().contains("`api.example.com:443`"), "{error}");
}

// ---- limits ----

#[test]
fn connections_are_counted() {
    let server = Server::echo();
    let code = format!(
        "
import socket
connect = lambda: socket.create_connection(('127.0.0.1', {}))
def fail():
    try:
        connect()
    except OSError as error:
        return error.strerror
one, two = connect(), connect()
seen = [fail()]
one.close()
three = connect()
two.close(); three.close()
seen + [fail()]",
        server.port()
    );
    let expected = json!(["a sandbox may have 2 connections open", "a sandbox may make 3 connections"]);
    assert_eq!(value(only(&server).with_connections(2).with_total_connections(3), &code), expected);
}

#[test]
fn bytes_are_counted() {
    let server = Server::echo();
    let code = format!(
        "
import socket
s = socket.create_connection(('127.0.0.1', {}))
seen = [s.send(b'12345678'), s.send(b'12345678')]
try:
    s.send(b'1')
except OSError as error:
    seen.append(error.strerror)
got = b''
try:
    while True:
        got += s.recv(4)
except OSError as error:
    seen += [len(got), error.strerror]
seen",
        server.port()
    );
    let expected = json!([8, 2, "a sandbox may send 10 bytes", 9, "a sandbox may receive 9 bytes"]);
    assert_eq!(value(only(&server).with_sent_bytes(10).with_received_bytes(9), &code), expected);
}

#[test]
fn a_silent_connection_is_given_up() {
    let server = Server::silent();
    let policy = || only(&server).with_idle_timeout(Duration::from_millis(100));
    for wait in ["s.recv(1)", "(s.setblocking(False), select.select([s], [], []), s.recv(1))"] {
        let code = format!(
            "import select, socket\ns = socket.create_connection(('127.0.0.1', {}))\n{wait}",
            server.port()
        );
        let given_up = exception(policy(), &code);
        assert_eq!(given_up.kind, "TimeoutError");
        assert!(given_up.message.contains("was silent for 100ms"), "{given_up}");
    }
}

#[test]
fn connecting_takes_no_longer_than_it_may() {
    // This listener never accepts connections, so the system stops answering once its queue is full.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(500));
    let waiting: Vec<TcpStream> = std::iter::from_fn(|| connect().ok()).take(10_000).collect();
    assert!(waiting.len() < 10_000);
    let policy = NetworkPolicy::new().with_rule("127.0.0.1").with_connect_timeout(Duration::from_millis(100));
    let code = format!("import socket; socket.create_connection(('127.0.0.1', {}))", address.port());
    let error = exception(policy, &code);
    assert_eq!(error.kind, "TimeoutError");
    assert!(error.message.contains("did not answer within 100ms"), "{error}");
}

#[test]
fn a_slow_name_server_is_not_waited_for() {
    struct Never;
    impl Resolver for Never {
        fn resolve<'a>(&'a self, _: &'a str) -> ResolverFuture<'a> {
            Box::pin(std::future::pending())
        }
    }
    let policy = NetworkPolicy::new()
        .with_rule("*")
        .with_resolver(Never)
        .with_connect_timeout(Duration::from_millis(50));
    let error = exception(policy, "import socket; socket.gethostbyname('slow.test')");
    assert_eq!(error.kind, "socket.gaierror");
    assert!(error.message.contains("within 50ms"), "{error}");
}

#[test]
fn the_system_resolves_names() {
    let server = Server::echo();
    let policy = only(&server).with_rule("[::1]").with_rule("localhost");
    let code =
        format!("import socket; socket.create_connection(('localhost', {})).send(b'x')", server.port());
    assert_eq!(value(policy, &code), json!(1));
}

// ---- the runtime of the program ----

#[test]
fn a_runtime_without_io_is_an_error_that_says_so() {
    let server = Server::echo();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let code = format!(
        "
import socket
try:
    with socket.create_connection(('127.0.0.1', {}), timeout=10) as s:
        s.sendall(b'x')
        found = s.recv(1).decode()
except OSError as error:
    found = str(error)
found",
        server.port()
    );
    let output = runtime.block_on(sandbox(only(&server)).execute(&code)).unwrap();
    let found = output.value.unwrap();
    assert!(found.as_str().unwrap().contains("`enable_io` or `enable_all`"), "{found}");
}

#[test]
fn a_session_may_go_on_in_a_runtime_without_io() {
    let server = Server::echo();
    let with_io = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let without = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut session = with_io.block_on(sandbox(only(&server)).session()).unwrap();
    let connect =
        format!("import select, socket\ns = socket.create_connection(('127.0.0.1', {}))", server.port());
    with_io.block_on(session.execute(&connect)).unwrap();
    let code = "
try:
    select.select([s], [], [])
    found = s.recv(1).decode()
except OSError as error:
    found = str(error)
found";
    let found = without.block_on(session.execute(code)).unwrap().value.unwrap();
    assert!(found.as_str().unwrap().contains("`enable_io` or `enable_all`"), "{found}");
    assert_eq!(with_io.block_on(session.execute("1 + 1")).unwrap().value.unwrap(), 2);
}

#[test]
fn buffers_of_connections_count_against_the_host_memory() {
    let server = Server::echo();
    let code = format!(
        "
import socket
connections = []
try:
    while True:
        connections.append(socket.create_connection(('127.0.0.1', {})))
except OSError as error:
    refused = str(error)
few = len(connections)
for connection in connections:
    connection.close()
[few, refused, socket.create_connection(('127.0.0.1', {})).send(b'x')]",
        server.port(),
        server.port()
    );
    let limits = Limits::default().with_host_memory(4 << 20);
    let sandbox = builder().with_network(only(&server)).with_limits(limits).build().unwrap();
    let value = sandbox.execute_blocking(&code).unwrap().value.unwrap();
    let (few, refused) = (value[0].as_u64().unwrap(), value[1].as_str().unwrap());
    assert!((2..16).contains(&few), "{value}");
    assert!(refused.contains("Limits::with_host_memory"), "{value}");
    assert_eq!(value[2], 1);
}
