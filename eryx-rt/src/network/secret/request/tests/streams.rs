//! Streams of requests for property tests: well-formed ones, and ones with framing errors of every kind that parsers
//! are known to treat differently.

use proptest::prelude::*;

/// A stream from the guest, with `{}` for the placeholder.
pub(super) type StreamText = String;

/// A complete, well-formed request, with the parts that the expected result depends on.
#[derive(Debug, Clone)]
pub(super) struct GoodRequest {
    /// The head, without the empty line.
    pub(super) head: String,
    /// The body as sent.
    pub(super) sent: String,
    /// The content of the body.
    pub(super) content: String,
}

/// Content that resembles a head as much as possible.
fn content() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("{}".to_owned()),
        Just("GET /{} HTTP/1.1\r\nHost: api.test\r\nX: {}\r\n\r\n".to_owned()),
        Just("\r\n\r\n".to_owned()),
        Just("0\r\n\r\n".to_owned()),
        Just("5;a\n\r\n".to_owned()),
        "[ -~\r\n]{0,30}".prop_map(|text| text.replace(['{', '}'], "")),
    ];
    proptest::collection::vec(part, 0..4).prop_map(|parts| parts.concat())
}

/// Returns the length of content with the placeholder in it: `{}` stands for 21 bytes.
fn length(content: &str) -> usize {
    content.len() + content.matches("{}").count() * (super::VALUE.len() - 2)
}

/// Cuts content into chunks, but never within `{}`.
fn chunks(content: &str, sizes: &[usize], extension: &str) -> String {
    let (mut sent, mut rest, mut sizes) = (String::new(), content, sizes.iter().cycle());
    while !rest.is_empty() {
        let mut count = (*sizes.next().unwrap()).min(rest.len());
        if rest[..count].ends_with('{') {
            count += 1;
        }
        let (chunk, left) = rest.split_at(count);
        sent.push_str(&[&format!("{:x}", length(chunk)), extension, "\r\n", chunk, "\r\n"].concat());
        rest = left;
    }
    sent
}

pub(super) fn good() -> impl Strategy<Value = GoodRequest> {
    // nginx accepts each of these fields once.
    let fields = proptest::sample::subsequence(
        vec![
            "X: {}",
            "Authorization: Bearer {}",
            "accept: */*",
            "Connection: keep-alive",
            "Empty:",
            "Text: \u{fc}\t{}; a=\"b\"",
        ],
        0..4,
    );
    let extension = prop_oneof![Just(""), Just(";a"), Just(";a=\"b;c\"")];
    let trailer = prop_oneof![Just(""), Just("T: {}\r\n")];
    let sizes = proptest::collection::vec(1_usize..40, 1..4);
    (
        prop_oneof![Just("GET"), Just("POST"), Just("DELETE")],
        fields,
        content(),
        0..3_u8,
        sizes,
        extension,
        trailer,
    )
        .prop_map(|(method, fields, content, kind, sizes, extension, trailer)| {
            let kind = if method == "POST" { kind.max(1) } else { kind };
            let mut head = format!("{method} /{{}}?q HTTP/1.1\r\nHost: api.test");
            for field in fields {
                head += "\r\n";
                head += field;
            }
            let (content, sent) = match kind {
                0 => (String::new(), String::new()),
                1 => {
                    head.push_str(&["\r\nContent-Length: ", &length(&content).to_string()].concat());
                    (content.clone(), content)
                }
                _ => {
                    head += "\r\nTransfer-Encoding: chunked";
                    let sent = chunks(&content, &sizes, extension);
                    (content, format!("{sent}0{extension}\r\n{trailer}\r\n"))
                }
            };
            GoodRequest { head, sent, content }
        })
}

/// A request whose framing may be malformed.
fn off() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        6 => Just("POST /{} HTTP/1.1"),
        2 => Just("GET /{} HTTP/1.1"),
        1 => Just("POST /{} HTTP/1.0"),
        1 => Just("GET /{}"),
        1 => Just("CONNECT api.test:443 HTTP/1.1"),
    ];
    let end = || prop_oneof![12 => Just("\r\n"), 1 => Just("\n"), 1 => Just("\r"), 1 => Just("\r\n "), 1 => Just("\r\r\n")];
    let field = prop_oneof![
        4 => Just("Transfer-Encoding: chunked".to_owned()),
        1 => prop_oneof![
            Just("Transfer-Encoding: gzip, chunked"),
            Just("Transfer-Encoding: chunked, identity"),
            Just("Transfer-Encoding:\u{b}chunked"),
            Just("Transfer-Encoding : chunked"),
            Just("Transfer_Encoding: chunked"),
            Just("transfer-encoding: CHUNKED"),
            Just("Connection: Content-Length"),
            Just("Connection: close"),
            Just("Upgrade: websocket"),
            Just("Expect: 100-continue"),
            Just("X: {}"),
        ]
        .prop_map(str::to_owned),
        4 => (0..120_usize).prop_map(|length| format!("Content-Length: {length}")),
        1 => (0..120_usize, prop_oneof![Just("+{}"), Just("0{}"), Just("{}, {}"), Just("{} "), Just("{}x"), Just("0x{}")])
            .prop_map(|(length, form)| format!("Content-Length: {}", form.replace("{}", &length.to_string()))),
    ];
    let size = prop_oneof![
        8 => Just(String::new()),
        1 => Just("+".to_owned()),
        1 => Just("0x".to_owned()),
        1 => Just(" ".to_owned()),
        1 => Just("0000000000000000".to_owned()),
    ];
    let extension = prop_oneof![
        8 => Just(String::new()),
        2 => Just(";a".to_owned()),
        2 => Just(";\n".to_owned()),
        1 => Just(";a\nx".to_owned()),
        1 => Just(";\r".to_owned()),
        1 => Just(" ".to_owned()),
        1 => Just(";\"\r\n\"".to_owned()),
        1 => Just("x".to_owned()),
    ];
    let chunk_end = prop_oneof![8 => Just("\r\n"), 2 => Just(""), 1 => Just("\n"), 1 => Just("\r"), 1 => Just("XX"), 1 => Just("\r\n\r\n")];
    let chunk = (size, 0..3_i32, extension, end(), content(), chunk_end).prop_map(
        |(before, more, extension, end, content, chunk_end)| {
            let said = length(&content).saturating_add_signed((more - 1) as isize);
            format!("{before}{said:x}{extension}{end}{content}{chunk_end}")
        },
    );
    let chunks = proptest::collection::vec(chunk, 0..3);
    let last = prop_oneof![8 => Just("0\r\n\r\n"), 1 => Just("0\n\n"), 1 => Just("0\r\nT: {}\r\n\r\n"), 1 => Just("0\r\n x: {}\r\n\r\n"), 1 => Just("0\r\nT: x\n\r\n"), 1 => Just("")];
    let fields = proptest::collection::vec((field, end()), 0..4);
    let host = prop_oneof![9 => Just("Host: api.test"), 1 => Just("Host: other.test")];
    (line, end(), host, end(), fields, end(), chunks, last, content(), any::<bool>()).prop_map(
        |(line, line_end, host, host_end, fields, end, chunks, last, content, chunked)| {
            let fields: Vec<_> = fields.iter().map(|(field, end)| format!("{field}{end}")).collect();
            let fields = fields.concat();
            let body = if chunked { chunks.concat() + last } else { content };
            format!("{line}{line_end}{host}{host_end}{fields}{end}{body}")
        },
    )
}

/// Well-formed and malformed requests in sequence, some with a lost or an inserted byte.
pub(super) fn any_stream() -> impl Strategy<Value = StreamText> {
    let good = good().prop_map(|good| format!("{}\r\n\r\n{}", good.head, good.sent));
    let requests = proptest::collection::vec(prop_oneof![1 => good, 2 => off()], 1..4);
    let slip = prop_oneof![Just(""), Just("\n"), Just("\r"), Just("\0"), Just(" "), Just("0"), Just("\r\n")];
    let slips = proptest::collection::vec((any::<proptest::sample::Index>(), slip), 0..2);
    (requests, slips).prop_map(|(requests, slips)| {
        // A guest that tries to steal the secret ends with a request that shows it.
        let mut stream = requests.concat() + "GET /{}end HTTP/1.1\r\nHost: api.test\r\nX: {}\r\n\r\n";
        for (at, slip) in slips {
            let at = at.index(stream.len());
            if slip.is_empty() && stream.is_char_boundary(at) && !stream[at..].starts_with(['{', '}']) {
                stream.remove(at);
            } else if stream.is_char_boundary(at) && !stream[..at].ends_with('{') {
                stream.insert_str(at, slip);
            }
        }
        stream
    })
}
