//! A reader of HTTP/1.1 requests that accepts only the syntax of RFC 9112.

/// The position of a request, in bytes.
pub struct Message {
    pub head: usize,
    pub body: usize,
    host: Option<String>,
}

impl Message {
    pub fn host_is(&self, server: &str) -> bool {
        self.host.as_deref().is_some_and(|host| {
            let host = host.split_once(':').map_or(host, |(host, _)| host);
            host.trim_end_matches('.').eq_ignore_ascii_case(server)
        })
    }
}

/// Reads requests one after the other, up to the first byte that does not belong to one.
pub fn read(bytes: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut at = 0;
    while let Some(message) = one(&bytes[at..]) {
        at += message.head + message.body;
        messages.push(message);
    }
    messages
}

fn one(bytes: &[u8]) -> Option<Message> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = request.parse(bytes).ok()? else { return None };
    // httparse accepts a bare line feed as line end, and empty lines before a request.
    let lines = &bytes[..head];
    let bare = lines.iter().enumerate().any(|(at, byte)| {
        (*byte == b'\n' && (at == 0 || lines[at - 1] != b'\r'))
            || (*byte == b'\r' && lines.get(at + 1) != Some(&b'\n'))
    });
    if bare || bytes[0] == b'\r' {
        return None;
    }
    let values = |name: &str| -> Vec<&[u8]> {
        request
            .headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value)
            .collect()
    };
    let body = match (&values("content-length")[..], &values("transfer-encoding")[..]) {
        ([], []) => 0,
        ([length], []) => {
            let digits = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
            let length = std::str::from_utf8(length).ok().filter(|_| digits);
            // A body that is truncated, or whose length is unclear, extends to the end of the bytes.
            length.and_then(|length| length.parse().ok()).unwrap_or(usize::MAX).min(bytes.len() - head)
        }
        ([], [coding]) if coding.eq_ignore_ascii_case(b"chunked") => chunked(&bytes[head..]),
        // The rest is ambiguous.
        _ => bytes.len() - head,
    };
    let host = match values("host")[..] {
        [host] => std::str::from_utf8(host).ok().map(str::to_owned),
        _ => None,
    };
    Some(Message { head, body, host })
}

/// Returns the length of a chunked body; for an invalid one, up to the end of the bytes.
fn chunked(bytes: &[u8]) -> usize {
    whole(bytes).unwrap_or(bytes.len())
}

fn whole(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = line(&bytes[at..])?;
        at += line.len() + 2;
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let rest = &line[digits..];
        if digits == 0 || !(rest.is_empty() || matches!(rest[0], b';' | b' ' | b'\t')) {
            return None;
        }
        let size = usize::from_str_radix(std::str::from_utf8(&line[..digits]).ok()?, 16).ok()?;
        if size == 0 {
            break;
        }
        at = at.checked_add(size)?;
        if bytes.get(at..at.checked_add(2)?)? != b"\r\n" {
            return None;
        }
        at += 2;
    }
    loop {
        let line = line(&bytes[at..])?;
        at += line.len() + 2;
        if line.is_empty() {
            return Some(at);
        }
    }
}

/// Returns a line without its end; `None` if a byte in it could be mistaken for another line end.
fn line(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    (bytes.get(end..end + 2)? == b"\r\n").then(|| &bytes[..end])
}
