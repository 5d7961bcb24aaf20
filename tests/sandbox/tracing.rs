//! Events of runs for a `tracing` subscriber.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::kit;
use eryx::{Limits, Sandbox};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[test]
fn runs_are_spans_with_their_callbacks_inside_and_an_event_at_their_end() {
    let bundle = crate::common::open(kit::bundle());
    let look_up = || async {
        tracing::info!("looked up");
    };
    let sandbox = Sandbox::builder()
        .with_bundle(&bundle)
        .with_limits(Limits::default().with_wall_time(Duration::from_millis(100)))
        .with_callback("look_up", look_up)
        .build()
        .unwrap();
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .without_time()
        .with_writer(lines.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let mut session = sandbox.session_blocking().unwrap();
        session.execute_blocking("import eryx\neryx.call('look_up')").unwrap();
        session.execute_blocking("while True: pass").unwrap_err();
    });
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let line = |number: u32, words: &[&str]| {
        let run = format!("number={number}}}");
        let found =
            text.lines().any(|line| line.contains(&run) && words.iter().all(|word| line.contains(word)));
        assert!(found, "no line of run {number} with {words:?} in\n{text}");
    };
    line(1, &["run{bundle=", "session=", "looked up"]);
    line(1, &["ended", "wall=", "cpu=", "memory="]);
    line(2, &["failed", "cpu=", "cause=the code did not end within 100ms"]);
}
