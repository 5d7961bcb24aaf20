//! The running example `rules-service`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use super::{Output, cargo, command, plugin, repository, target_dir};

/// The service on a free port; killed when dropped.
pub(crate) struct Service {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: String,
}

impl Service {
    /// Builds and starts the service.
    pub(crate) fn start() -> Self {
        let mut cargo = cargo(&repository().join("examples/rules-service"));
        cargo.env("ERYX_CARGO_PLUGIN", plugin()).args(["build", "--release"]);
        Output::of(&mut cargo).succeeded();
        let mut service = command(target_dir().join("release/rules-service"));
        let mut child = service.arg("127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").expect(&line).to_owned();
        Self { child, stdout, address }
    }

    /// Sends a request, and returns the connection for its answer.
    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{body}",
            self.address
        )
        .unwrap();
        stream
    }

    /// Reads status and body of an answer.
    pub(crate) fn answer(mut stream: TcpStream) -> (u16, String) {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect(&text);
        let status = head.split(' ').nth(1).expect(head).parse().unwrap();
        (status, body.to_owned())
    }

    /// Whether the service accepts connections.
    pub(crate) fn listens(&self) -> bool {
        TcpStream::connect(&self.address).is_ok()
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }

    /// Waits for its end; returns whether it succeeded, and its output.
    pub(crate) fn wait(mut self) -> (bool, String) {
        let mut text = String::new();
        self.stdout.read_to_string(&mut text).unwrap();
        (self.child.wait().unwrap().success(), text)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has already ended, unless the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
