//! Tests with a real server: no byte that nginx takes for a body was changed, and nginx reads each stream alike with
//! and without the secrets.

use std::cell::Cell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use super::VALUE;
use super::properties::pass;
use super::streams::{any_stream, good};

/// A request as nginx understood it and passed it on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NginxReading {
    target: String,
    /// The fields, as one text.
    fields: String,
    body: Vec<u8>,
}

/// nginx in front of a server that records its requests.
struct Nginx {
    child: Child,
    folder: tempfile::TempDir,
    understood: Arc<Mutex<Vec<NginxReading>>>,
}

impl Nginx {
    /// Starts nginx; `None` if it is not installed.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let at = path.display();
        let config = format!(
            "daemon off; master_process off; pid {at}/pid;
             events {{ worker_connections 128; }}
             http {{
                 access_log off; client_max_body_size 10m;
                 client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/fastcgi;
                 uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;
                 underscores_in_headers on; ignore_invalid_headers off;
                 server {{
                     listen unix:{at}/front;
                     location / {{
                         proxy_pass http://unix:{at}/back:;
                         proxy_set_header Connection close;
                         proxy_ignore_client_abort on;
                     }}
                 }}
             }}"
        );
        std::fs::write(path.join("nginx.conf"), config).unwrap();
        let mut command = Command::new("nginx");
        command
            .arg("-p")
            .arg(path)
            .arg("-c")
            .arg(path.join("nginx.conf"))
            .arg("-e")
            .arg(path.join("error.log"));
        // Debian installs nginx in a folder that is only in the path of administrators.
        command
            .env("PATH", format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default()));
        let back = UnixListener::bind(path.join("back")).unwrap();
        let child = match command.stderr(Stdio::null()).spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => panic!("nginx does not start: {error}"),
        };
        let understood = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&understood);
        std::thread::spawn(move || {
            for stream in back.incoming().flatten() {
                if let Some(request) = take(&stream) {
                    // The request is in the log before the answer is sent.
                    log.lock().unwrap().push(request);
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
                    let _ = (&stream).write_all(answer);
                }
            }
        });
        let nginx = Self { child, folder, understood };
        let begin = Instant::now();
        while UnixStream::connect(nginx.folder.path().join("front")).is_err() {
            let log = || std::fs::read_to_string(nginx.folder.path().join("error.log"));
            assert!(begin.elapsed() < Duration::from_secs(60), "nginx does not listen: {:?}", log());
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(nginx)
    }

    /// Returns the requests that nginx finds in a stream, in their order.
    fn read(&self, stream: &[u8]) -> Vec<NginxReading> {
        let mut connection = UnixStream::connect(self.folder.path().join("front")).unwrap();
        // nginx may have closed the connection before the whole stream is sent.
        let _ = connection.write_all(stream);
        let _ = connection.shutdown(Shutdown::Write);
        let _ = connection.read_to_end(&mut Vec::new());
        std::mem::take(&mut *self.understood.lock().unwrap())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a request from nginx, whose own framing is simple.
fn take(stream: &UnixStream) -> Option<NginxReading> {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    let mut lines = Vec::new();
    while reader.read_until(b'\n', &mut line).ok()? > 2 {
        lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
        line.clear();
    }
    let length = lines
        .iter()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let target = lines.first()?.split(' ').nth(1)?.to_owned();
    Some(NginxReading { target, fields: lines[1..].join("\n"), body })
}

fn cuts() -> impl Strategy<Value = Vec<Index>> {
    proptest::collection::vec(any::<Index>(), 0..6)
}

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: 600, failure_persistence: None, ..Config::default() })
}

#[test]
fn a_line_feed_in_an_extension_moves_no_secret_into_a_body() {
    let Some(nginx) = Nginx::start() else {
        eprintln!("SKIPPED: nginx is not installed");
        return;
    };
    // nginx ends the first line at the line feed. A parser that reads on to the CR LF is six bytes further at its end,
    // finds `0` in the place of a chunk size, and takes the content after it for a request. The last field has the same
    // length as the field that replaces it in a head with a secret, so that the length of the chunk stays right.
    let content =
        "xxx0\r\n\r\nPOST /{} HTTP/1.1\r\nHost: api.test\r\nX: {}\r\nAccept-Encoding: whatever\r\n\r\n";
    let length = content.len() + 2 * (VALUE.len() - 2);
    for extension in [";\n", ";a=\n", ";a\n"] {
        let stream = format!(
            "POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n\
             a{extension}AAAAAA\r\nBB\r\n{length:03x}\r\n{content}\r\n0\r\n\r\n"
        );
        let (_, sent, placeholder) = pass(&stream, &[]);
        let bodies: Vec<String> =
            nginx.read(&sent).iter().map(|one| String::from_utf8_lossy(&one.body).into_owned()).collect();
        assert_eq!(bodies, [format!("AAAAAA\r\nBB{}", content.replace("{}", &placeholder))], "{extension:?}");
    }
}

#[test]
fn nginx_finds_no_secret_in_a_body() {
    let Some(nginx) = Nginx::start() else {
        eprintln!("SKIPPED: nginx is not installed");
        return;
    };
    // Counts the bodies with a placeholder and the targets with a secret, to show that the streams contain both.
    let (bodies, secrets) = (Cell::new(0), Cell::new(0));
    runner()
        .run(&(any_stream(), cuts()), |(stream, cuts)| {
            let (stream, sent, placeholder) = pass(&stream, &cuts);
            let (before, after) = (nginx.read(&stream), nginx.read(&sent));
            for request in &after {
                let body = String::from_utf8_lossy(&request.body);
                prop_assert!(!body.contains(VALUE), "{request:?}");
                bodies.set(bodies.get() + u32::from(body.contains(&placeholder)));
                secrets.set(secrets.get() + u32::from(request.target.contains(VALUE)));
            }
            // nginx reads both streams alike: the same targets except for the secret, and the same bodies to the byte.
            let plain = |requests: &[NginxReading]| -> Vec<(String, Vec<u8>)> {
                requests
                    .iter()
                    .map(|one| (one.target.replace(VALUE, &placeholder), one.body.clone()))
                    .collect()
            };
            prop_assert_eq!(plain(&before), plain(&after));
            Ok(())
        })
        .unwrap();
    assert!(bodies.get() > 50 && secrets.get() > 50, "{bodies:?}, {secrets:?}");
}

#[test]
fn nginx_gets_good_requests_with_the_secret() {
    let Some(nginx) = Nginx::start() else {
        eprintln!("SKIPPED: nginx is not installed");
        return;
    };
    runner()
        .run(&(proptest::collection::vec(good(), 1..4), cuts()), |(requests, cuts)| {
            let requests_text: Vec<_> =
                requests.iter().map(|one| format!("{}\r\n\r\n{}", one.head, one.sent)).collect();
            let stream = requests_text.concat();
            let (_, sent, placeholder) = pass(&stream, &cuts);
            let understood = nginx.read(&sent);
            prop_assert_eq!(understood.len(), requests.len());
            for (request, understood) in requests.iter().zip(understood) {
                prop_assert_eq!(understood.target, format!("/{VALUE}?q"));
                prop_assert!(!understood.fields.contains(&placeholder));
                let content = request.content.replace("{}", &placeholder);
                prop_assert_eq!(String::from_utf8(understood.body).unwrap(), content);
            }
            Ok(())
        })
        .unwrap();
}
