//! A package index on this machine.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::wheel::{Wheel, sha256_hex};

/// An index that serves until the test process ends, and counts connections.
pub(crate) struct Index {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl Index {
    /// Offers one file of one project: lists the hash and size of `listed`, and serves `served`.
    pub(crate) fn offering(project: &str, filename: &str, listed: &[u8], served: &[u8]) -> Self {
        let file = json!({
            "filename": filename,
            "url": format!("/files/{filename}"),
            "hashes": {"sha256": sha256_hex(listed)},
            "size": listed.len(),
        });
        let page = json!({"meta": {"api-version": "1.1"}, "name": project, "files": [file]}).to_string();
        Self::start(HashMap::from([
            (format!("/simple/{project}/"), ("application/vnd.pypi.simple.v1+json", page.into_bytes())),
            (format!("/files/{filename}"), ("application/octet-stream", served.to_vec())),
        ]))
    }

    /// Offers wheels of any number of projects.
    pub(crate) fn of(wheels: &[Wheel]) -> Self {
        Self::knowing(wheels, &[])
    }

    /// Offers wheels, and data about vulnerabilities of versions of projects.
    pub(crate) fn knowing(wheels: &[Wheel], vulnerabilities: &[(&str, &str, serde_json::Value)]) -> Self {
        let mut pages: HashMap<&str, Vec<serde_json::Value>> = HashMap::new();
        let mut answers = HashMap::new();
        for wheel in wheels {
            let (filename, bytes) = (wheel.filename(), wheel.bytes());
            pages.entry(wheel.project()).or_default().push(json!({
                "filename": filename,
                "url": format!("/files/{filename}"),
                "hashes": {"sha256": sha256_hex(&bytes)},
                "size": bytes.len(),
            }));
            answers.insert(format!("/files/{filename}"), ("application/octet-stream", bytes));
        }
        for (project, files) in pages {
            let page = json!({"meta": {"api-version": "1.1"}, "name": project, "files": files}).to_string();
            let page = ("application/vnd.pypi.simple.v1+json", page.into_bytes());
            answers.insert(format!("/simple/{project}/"), page);
        }
        for (project, version, list) in vulnerabilities {
            let answer = json!({"info": {"name": project}, "vulnerabilities": list}).to_string();
            let answer = ("application/json", answer.into_bytes());
            answers.insert(format!("/pypi/{project}/{version}/json"), answer);
        }
        Self::start(answers)
    }

    /// Answers each path with the given content.
    pub(crate) fn serving(answers: &[(&str, &'static str, Vec<u8>)]) -> Self {
        let answers = answers.iter().map(|(path, kind, body)| ((*path).to_owned(), (*kind, body.clone())));
        Self::start(answers.collect())
    }

    /// Starts an index without projects.
    pub(crate) fn empty() -> Self {
        Self::start(HashMap::new())
    }

    fn start(answers: HashMap<String, (&'static str, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/simple", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                answer(&stream, &answers);
            }
        });
        Self { url, connections }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the number of connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Returns the address of an index that does not exist.
    pub(crate) fn unreachable_url() -> String {
        // This port was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        format!("http://{address}/simple")
    }
}

fn answer(mut stream: &TcpStream, answers: &HashMap<String, (&'static str, Vec<u8>)>) {
    let mut lines = BufReader::new(stream).lines();
    let Some(Ok(request)) = lines.next() else { return };
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (status, kind, body) = match answers.get(path) {
        Some((kind, body)) => ("200 OK", *kind, body.as_slice()),
        None => ("404 Not Found", "text/plain", b"".as_slice()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    // A client that disconnects has read enough.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}
