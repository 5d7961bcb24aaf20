//! Servers on this machine for code in sandboxes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A server that runs until the test process ends, and records the received bytes.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    /// Starts a server that handles each connection in a separate thread.
    pub(crate) fn start(serve: impl Fn(TcpStream, &Mutex<Vec<u8>>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, serve) = (Arc::clone(&seen), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, serve) = (Arc::clone(&log), Arc::clone(&serve));
                std::thread::spawn(move || serve(stream, &log));
            }
        });
        Self { address, seen }
    }

    /// Starts a server that sends received bytes back.
    pub(crate) fn echo() -> Self {
        Self::start(|mut stream, seen| {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                seen.lock().unwrap().extend_from_slice(&buffer[..count]);
                if stream.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
        })
    }

    /// Starts a server that accepts connections, and stays silent.
    pub(crate) fn silent() -> Self {
        Self::start(|mut stream, _| {
            let _ = stream.read(&mut [0]);
        })
    }

    /// Starts a server that answers an HTTP request with its head and body.
    pub(crate) fn http() -> Self {
        Self::start(|stream, seen| http(&stream, seen))
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns all received bytes so far, as text.
    pub(crate) fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }
}

/// Answers requests until the end of the connection: with the request itself, and slowly if the path says so.
pub(crate) fn http<S>(stream: S, seen: &Mutex<Vec<u8>>)
where
    S: std::io::Read + std::io::Write,
{
    let mut reader = BufReader::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if !matches!(reader.read_line(&mut line), Ok(1..)) {
                return;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
            head += &line;
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let answer = [head.as_bytes(), &body].concat();
        seen.lock().unwrap().extend_from_slice(&answer);
        if head.starts_with("GET /slow") {
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        let status = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        let stream = reader.get_mut();
        if stream.write_all(status.as_bytes()).and_then(|()| stream.write_all(&answer)).is_err()
            || stream.flush().is_err()
        {
            return;
        }
    }
}
