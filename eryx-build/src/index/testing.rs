//! A package index on a thread, for tests.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The server's answer for one path.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    content_type: String,
    body: Vec<u8>,
    failing_first: usize,
    cut_after: Option<usize>,
    headers: String,
    etag: Option<String>,
    ranges: bool,
}

/// Creates a project page in JSON from file names. Each file may have further members as JSON, for example `"size": 5`.
pub(crate) fn page(files: &[(&str, &str)]) -> Answer {
    let hash = "0".repeat(64);
    let files: Vec<String> = files
        .iter()
        .map(|(file, more)| {
            let comma = if more.is_empty() { "" } else { "," };
            let hashes = if more.contains("hashes") {
                String::new()
            } else {
                format!(r#", "hashes": {{"sha256": "{hash}"}}"#)
            };
            format!(r#"{{"filename": "{file}", "url": "/files/{file}"{hashes}{comma}{more}}}"#)
        })
        .collect();
    Answer::page(&format!(r#"{{"meta": {{"api-version": "1.1"}}, "files": [{}]}}"#, files.join(",")))
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: &[u8]) -> Self {
        let content_type = content_type.to_owned();
        Self {
            status,
            content_type,
            body: body.to_vec(),
            failing_first: 0,
            cut_after: None,
            headers: String::new(),
            etag: None,
            ranges: false,
        }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, line: &str) -> Self {
        self.headers += line;
        self.headers += "\r\n";
        self
    }

    /// Adds an `ETag`. A request with that tag is answered with 304.
    pub(crate) fn etag(mut self, etag: &str) -> Self {
        self.etag = Some(etag.to_owned());
        self.header(&format!("ETag: {etag}"))
    }

    /// Supports range requests.
    pub(crate) fn with_ranges(mut self) -> Self {
        self.ranges = true;
        self
    }

    pub(crate) fn page(json: &str) -> Self {
        Self::new(200, super::pages::SIMPLE_JSON, json.as_bytes())
    }

    pub(crate) fn file(bytes: &[u8]) -> Self {
        Self::new(200, "application/octet-stream", bytes)
    }

    /// Answers the first requests with status 502.
    pub(crate) fn failing_first(mut self, count: usize) -> Self {
        self.failing_first = count;
        self
    }

    /// Truncates the first response's body.
    pub(crate) fn cutting_first(mut self, after: usize) -> Self {
        self.cut_after = Some(after);
        self
    }
}

#[derive(Default)]
struct Seen {
    hits: HashMap<String, usize>,
    last_head: String,
}

/// The server, which lives as long as the test process.
pub(crate) struct Server {
    base: String,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    pub(crate) fn start<'a>(answers: impl IntoIterator<Item = (&'a str, Answer)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let answers: HashMap<_, _> =
            answers.into_iter().map(|(path, answer)| (path.to_owned(), answer)).collect();
        let server = Self { base, answers: Arc::new(Mutex::new(answers)), seen: Arc::default() };
        let (answers, seen) = (Arc::clone(&server.answers), Arc::clone(&server.seen));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&seen));
                std::thread::spawn(move || serve(&stream, &answers, &seen));
            }
        });
        server
    }

    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn simple(&self) -> String {
        format!("{}/simple", self.base)
    }

    pub(crate) fn hits(&self, path: &str) -> usize {
        self.seen.lock().unwrap().hits.get(path).copied().unwrap_or(0)
    }

    pub(crate) fn all_hits(&self) -> usize {
        self.seen.lock().unwrap().hits.values().sum()
    }

    /// Returns the request line and the headers of the last request.
    pub(crate) fn last_head(&self) -> String {
        self.seen.lock().unwrap().last_head.clone()
    }
}

fn serve(mut stream: &TcpStream, answers: &Mutex<HashMap<String, Answer>>, seen: &Mutex<Seen>) {
    let mut head = String::new();
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { return };
        if line.is_empty() {
            break;
        }
        head += &line;
        head.push('\n');
    }
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let hit = {
        let mut seen = seen.lock().unwrap();
        seen.last_head.clone_from(&head);
        let hit = seen.hits.entry(path.clone()).or_default();
        *hit += 1;
        *hit
    };
    let asked = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let answer = answers.lock().unwrap().get(&path).cloned();
    let answer = answer.unwrap_or_else(|| Answer::new(404, "text/plain", b"no such page"));
    let mut status = if hit <= answer.failing_first { 502 } else { answer.status };
    let mut body = match answer.cut_after {
        Some(after) if hit == 1 => &answer.body[..after],
        _ => &answer.body,
    };
    let mut length = answer.body.len();
    let mut headers = answer.headers.clone();
    if answer.etag.is_some() && asked("if-none-match") == answer.etag {
        (status, length, body) = (304, 0, &[]);
    }
    if let Some(range) = asked("range").filter(|_| answer.ranges) {
        let (start, end) = match range.strip_prefix("bytes=").unwrap().split_once('-').unwrap() {
            ("", suffix) => (length.saturating_sub(suffix.parse().unwrap()), length),
            (start, end) => (start.parse().unwrap(), length.min(end.parse::<usize>().unwrap() + 1)),
        };
        write!(headers, "Content-Range: bytes {start}-{}/{length}\r\n", end - 1).unwrap();
        body = &body[start..end];
        (status, length) = (206, body.len());
    }
    if !headers.contains("Cache-Control") {
        headers += "Cache-Control: no-cache\r\n";
    }
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: {}\r\nContent-Length: {length}\r\n{headers}Connection: close\r\n\r\n",
        answer.content_type,
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}
