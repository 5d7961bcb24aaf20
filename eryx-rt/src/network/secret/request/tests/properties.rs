//! Properties of all streams: well-formed ones get the secrets in their heads only, and no server finds a secret in a
//! body, however it parses.

use proptest::prelude::*;
use proptest::sample::Index;

use super::servers::any_server;
use super::streams::{any_stream, good};
use super::*;

/// Sends a stream, cut at these places. Returns the stream with the placeholder, the sent bytes, and the placeholder.
pub(super) fn pass(stream: &str, cuts: &[Index]) -> (Vec<u8>, Vec<u8>, String) {
    let secrets = secrets();
    let placeholder = secrets.placeholders()[0].placeholder.clone();
    let stream = stream.replace("{}", &placeholder).into_bytes();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    cuts.extend([0, stream.len()]);
    cuts.sort_unstable();
    let (mut requests, mut to) = (RequestFilter::new(secrets, "api.test".into()), Vec::new());
    for cut in cuts.windows(2) {
        requests.push(&stream[cut[0]..cut[1]], &mut to);
    }
    requests.end(&mut to);
    (stream, to, placeholder)
}

/// Returns the positions of a text.
fn places(bytes: &[u8], text: &str) -> Vec<usize> {
    (0..bytes.len()).filter(|at| bytes[*at..].starts_with(text.as_bytes())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn good_requests_get_the_secret_in_their_heads_only(
        requests in proptest::collection::vec(good(), 1..5),
        cuts in proptest::collection::vec(any::<Index>(), 0..20),
    ) {
        let texts: Vec<_> =
            requests.iter().map(|one| format!("{}\r\n\r\n{}", one.head, one.sent)).collect();
        let stream = texts.concat();
        let (_, sent, placeholder) = pass(&stream, &cuts);
        let expected: Vec<_> = requests
            .iter()
            .map(|one| {
                let (head, body) = (one.head.replace("{}", VALUE), one.sent.replace("{}", &placeholder));
                format!("{head}\r\nAccept-Encoding: identity\r\n\r\n{body}")
            })
            .collect();
        prop_assert_eq!(String::from_utf8(sent).unwrap(), expected.concat());
    }

    #[test]
    fn no_server_finds_a_secret_in_a_body(
        stream in any_stream(),
        cuts in proptest::collection::vec(any::<Index>(), 0..6),
        servers in proptest::collection::vec(any_server(), 20),
    ) {
        let (stream, sent, placeholder) = pass(&stream, &cuts);
        // Each placeholder, in order, either stays or becomes a secret.
        let before = places(&stream, &placeholder);
        let mut after: Vec<(usize, bool)> = places(&sent, &placeholder).into_iter().map(|at| (at, false)).collect();
        after.extend(places(&sent, VALUE).into_iter().map(|at| (at, true)));
        after.sort_unstable();
        prop_assert_eq!(before.len(), after.len());
        for server in servers {
            let bodies = server.bodies(&stream);
            for (at, (_, replaced)) in before.iter().zip(&after) {
                let in_body = bodies.iter().any(|body| body.contains(at));
                prop_assert!(!(*replaced && in_body), "{server:?} takes {at} for a part of a body: {bodies:?}");
            }
            // The same holds for the sent bytes.
            for body in server.bodies(&sent) {
                prop_assert!(places(&sent[body.clone()], VALUE).is_empty(), "{server:?} finds it in {body:?}");
            }
        }
    }

    #[test]
    fn arbitrary_bytes_pass(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        cut in any::<Index>(),
    ) {
        let (mut requests, mut to) = (RequestFilter::new(secrets(), "api.test".into()), Vec::new());
        let (one, other) = bytes.split_at(cut.index(bytes.len() + 1));
        requests.push(one, &mut to);
        requests.push(other, &mut to);
        requests.end(&mut to);
        prop_assert_eq!(to, bytes);
    }
}
