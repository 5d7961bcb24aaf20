//! Snapshots of live sessions: taken, forked, serialised, and resumed here and elsewhere.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::common::kit;
use eryx::{
    Bundle, Error, Failure, Limits, Mount, Sandbox, SandboxBuilder, Session, Slots, Snapshot, SnapshotError,
    Value,
};
use eryx::{ConfigError, SessionError};
use serde_json::json;

fn bundle() -> &'static Bundle {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    BUNDLE.get_or_init(|| crate::common::open(kit::bundle()))
}

fn builder() -> SandboxBuilder<'static> {
    Sandbox::builder().with_bundle(bundle())
}

fn sandbox() -> Sandbox {
    builder().build().unwrap()
}

#[track_caller]
fn value(session: &mut Session, code: &str) -> Value {
    let output = session.execute_blocking(code).unwrap_or_else(|error| panic!("{error}\n{error:?}"));
    output.value.unwrap_or_default()
}

#[track_caller]
fn failure(session: &mut Session, code: &str) -> Failure {
    match session.execute_blocking(code) {
        Err(Error::Execution(failure)) => *failure,
        other => panic!("not a failed execution: {other:?}"),
    }
}

/// Serialises and deserialises a snapshot.
fn through_bytes(snapshot: &Snapshot) -> Snapshot {
    Snapshot::from_bytes(snapshot.to_bytes().unwrap()).unwrap()
}

// ---- the state of a copy ----

#[test]
fn a_fork_goes_its_own_way() {
    let mut session = sandbox().session_blocking().unwrap();
    let code = "import json, kit\nx = [1, 2]\ndef numbers():\n    for n in range(100): yield n\nrunning = numbers()\n\
                [next(running), next(running)]";
    assert_eq!(value(&mut session, code), json!([0, 1]));
    let mut fork = session.fork_blocking().unwrap();
    assert_eq!(value(&mut fork, "x.append(3)\n[x, next(running)]"), json!([[1, 2, 3], 2]));
    assert_eq!(
        value(&mut session, "x.append(4)\n[x, next(running), next(running)]"),
        json!([[1, 2, 4], 2, 3])
    );
    assert_eq!(value(&mut fork, "kit.ANSWER = 0\n[x, next(running)]"), json!([[1, 2, 3], 3]));
    assert_eq!(value(&mut session, "kit.ANSWER"), 42);
    // A fork of a fork, whose origin is gone.
    let mut third = fork.fork_blocking().unwrap();
    drop(fork);
    assert_eq!(value(&mut third, "[x, kit.ANSWER]"), json!([[1, 2, 3], 0]));
    // The count of executions continues.
    assert!(failure(&mut third, "1 / 0").exception().unwrap().traceback.contains("<execution 5>"));
}

#[test]
fn a_snapshot_is_gone_on_from_as_often_as_is_liked() {
    let sandbox = sandbox();
    let mut session = sandbox.session_blocking().unwrap();
    value(&mut session, "data = {n: str(n) for n in range(5000)}");
    let snapshot = session.snapshot_blocking().unwrap();
    drop(session);
    let mut live = Vec::new();
    for number in 0..100 {
        let mut fork = sandbox.restore_blocking(&snapshot).unwrap();
        assert_eq!(
            value(&mut fork, &format!("data[{number}] = 'changed'\n[len(data), data[4999]]")),
            json!([5000, "4999"])
        );
        live.push(fork);
    }
    for (number, fork) in live.iter_mut().enumerate() {
        assert_eq!(value(fork, "[n for n in data if data[n] == 'changed']"), json!([number]));
    }
}

#[test]
fn a_fresh_session_can_be_copied_too() {
    let mut session = sandbox().session_blocking().unwrap();
    let mut fork = session.fork_blocking().unwrap();
    assert_eq!(value(&mut fork, "import kit\nkit.ANSWER"), 42);
    let draw = "import random\nrandom.random()";
    assert_ne!(value(&mut session, draw), value(&mut fork, draw));
}

#[test]
fn a_fork_waits_for_no_slot() {
    let slots = Slots::new(2);
    let sandbox = builder().with_slots(&slots).build().unwrap();
    let mut session = sandbox.session_blocking().unwrap();
    let mut fork = session.fork_blocking().unwrap();
    assert_eq!(slots.free(), 0);
    // A fork does not wait for a slot: its session holds one that others may wait for.
    assert!(matches!(
        session.fork_blocking(),
        Err(Error::Session(SessionError::Busy { slots: 2, waiting: 0 }))
    ));
    assert_eq!(value(&mut session, "1 + 1"), 2);

    // The restored session takes the slot of the dropped one.
    let snapshot = fork.snapshot_blocking().unwrap();
    drop(fork);
    let mut next = sandbox.restore_blocking(&snapshot).unwrap();
    assert_eq!(value(&mut next, "1 + 1"), 2);
    drop((session, next));
    assert_eq!(slots.free(), 2);
}

#[test]
fn memory_that_has_grown_comes_along() {
    let sandbox = sandbox();
    let mut session = sandbox.session_blocking().unwrap();
    value(
        &mut session,
        "import hashlib\nblob = bytearray(b'0123456789abcdef' * (2 << 20))\nholes = bytearray(32 << 20)\nholes[5 << 20] = 7\nNone",
    );
    let peak = session.peak_memory();
    assert!(peak > 64 << 20);
    let look = "[len(blob), hashlib.sha256(blob).hexdigest(), len(holes), sum(holes), holes[5 << 20]]";
    let expected = value(&mut session, look);
    let snapshot = session.snapshot_blocking().unwrap();
    // Zeros take no room.
    assert!((32 << 20..48 << 20).contains(&snapshot.memory_bytes()), "{}", snapshot.memory_bytes());
    let bytes = snapshot.to_bytes().unwrap();
    assert!(bytes.len() < 8 << 20, "{}", bytes.len());
    for snapshot in [snapshot.clone(), Snapshot::from_bytes(&bytes).unwrap()] {
        let mut forks: Vec<_> = (0..3).map(|_| sandbox.restore_blocking(&snapshot).unwrap()).collect();
        for (number, fork) in forks.iter_mut().enumerate() {
            assert_eq!(value(fork, look), expected);
            assert!(fork.peak_memory() >= peak);
            value(
                fork,
                &format!("blob[:] = bytes([{number}]) * len(blob)\nmore = bytearray(16 << 20)\nNone"),
            );
        }
        for (number, fork) in forks.iter_mut().enumerate() {
            assert_eq!(value(fork, "[blob[0], blob[-1], sum(more)]"), json!([number, number, 0]));
            // A copy of a copy, most of which is mapped.
            let mut again = fork.fork_blocking().unwrap();
            assert_eq!(
                value(&mut again, "[blob[0], blob[-1], sum(more), holes[5 << 20]]"),
                json!([number, number, 0, 7])
            );
        }
    }
    assert_eq!(value(&mut session, look), expected);
    drop(session);
    // Data that was mapped into memories must be gone for the next session.
    let (waiting, differing) = eryx::__private::waiting_memories(&sandbox);
    assert!(waiting > 0 && differing == 0, "{differing} of {waiting} memories differ");
}

#[test]
fn clocks_go_on() {
    let mut session = sandbox().session_blocking().unwrap();
    let before = value(&mut session, "import time\ntime.sleep(0.05)\ntime.monotonic()").as_f64().unwrap();
    let snapshot = through_bytes(&session.snapshot_blocking().unwrap());
    let mut later = sandbox().restore_blocking(&snapshot).unwrap();
    let after = value(&mut later, "time.monotonic()").as_f64().unwrap();
    assert!(after >= before && after < before + 60.0, "{before} {after}");
}

// ---- randomness ----

#[test]
fn copies_draw_their_own_numbers() {
    let code = "import random, secrets, uuid\n[random.random(), random.randbytes(4).hex(), secrets.token_hex(4), \
                str(uuid.uuid4())]";
    let mut session = sandbox().session_blocking().unwrap();
    value(&mut session, code);
    value(&mut session, "random.seed(42)\nmine = random.Random(42)\nNone");
    let snapshot = session.snapshot_blocking().unwrap();
    let mut all = vec![];
    for _ in 0..3 {
        let mut fork = sandbox().restore_blocking(&snapshot).unwrap();
        all.push((value(&mut fork, code), value(&mut fork, "mine.random()")));
    }
    // The origin has not changed: its seed holds.
    let own = value(&mut session, "random.random()");
    assert_eq!(own, value(&mut session, "random.Random(42).random()"));
    all.push((value(&mut session, code), value(&mut session, "mine.random()")));
    for (number, (draws, mine)) in all.iter().enumerate() {
        assert_eq!(mine, &all[0].1);
        for (other, _) in &all[..number] {
            for (one, other) in draws.as_array().unwrap().iter().zip(other.as_array().unwrap()) {
                assert_ne!(one, other);
            }
        }
    }
}

// ---- files ----

#[test]
fn files_come_along() {
    let with_input = || builder().with_mount("/input", Mount::read_only().with_file("a.txt", "given"));
    let sandbox = with_input().with_file("/data/b.txt", "begin").build().unwrap();
    let mut session = sandbox.session_blocking().unwrap();
    let code = "import os\nos.makedirs('/tmp/deep/er')\nopen('/tmp/deep/er/x', 'w').write('x' * 200_000)\n\
                open('/data/b.txt', 'a').write(' and more')\nos.utime('/data/b.txt', (5, 6))\n\
                os.mkdir('/data/empty')\nNone";
    value(&mut session, code);
    let snapshot = session.snapshot_blocking().unwrap();
    let look = "[sorted(os.listdir('/tmp/deep')), os.path.getsize('/tmp/deep/er/x'), open('/data/b.txt').read(), \
                os.stat('/data/b.txt').st_mtime, os.listdir('/data/empty'), open('/input/a.txt').read()]";
    let expected = json!([["er"], 200_000, "begin and more", 6.0, [], "given"]);
    for snapshot in [snapshot.clone(), through_bytes(&snapshot)] {
        let mut fork = sandbox.restore_blocking(&snapshot).unwrap();
        assert_eq!(value(&mut fork, look), expected);
        assert_eq!(fork.read_file("/data/b.txt").unwrap(), b"begin and more");
        value(
            &mut fork,
            "open('/data/b.txt', 'w').write('changed')\nopen('/tmp/deep/er/x', 'r+').write('yyy')\nNone",
        );
        assert_eq!(value(&mut session, look), expected);
        assert_eq!(value(&mut session, "open('/tmp/deep/er/x').read(4)"), "xxxx");
        // The copy does not have the files that the other sandbox was given.
        let mut fork = with_input().build().unwrap().restore_blocking(&snapshot).unwrap();
        assert_eq!(value(&mut fork, look), expected);
    }
    let small = with_input().with_limits(Limits::default().with_file_bytes(1000)).build().unwrap();
    assert!(matches!(
        small.restore_blocking(&snapshot),
        Err(Error::Config(ConfigError::FileLimitTooLow { .. }))
    ));
}

#[test]
fn open_files_stay_open() {
    let sandbox = sandbox();
    let mut session = sandbox.session_blocking().unwrap();
    let code = "import json, os\nreading = open('/data/in.txt', 'w+')\nreading.write('line 1\\nline 2\\nline 3\\n')\n\
                reading.seek(0)\nreading.readline()\ngap = open('/data/gap', 'w')\n\
                appending = open('/data/log', 'ab', buffering=0)\nappending.write(b'one ')\n\
                packed = open(json.__file__)\npacked.read(7)\nraw = os.open('/data/raw', os.O_RDWR | os.O_CREAT)\n\
                os.write(raw, b'0123456789')\nos.lseek(raw, 4, 0)\ngap.close()\nos.chdir('/tmp')\n\
                here = open('relative', 'w')\nhere.write('buffered')\nNone";
    value(&mut session, code);
    let go_on = "appending.write(b'two')\nhere.flush()\nnumbers = [f.fileno() for f in (reading, appending, packed, here)] + [raw]\n\
                 [reading.readline(), packed.read(5) == open(json.__file__).read(12)[7:], os.read(raw, 3).decode(), \
                 open('/data/log').read(), open('/tmp/relative').read(), numbers]";
    let snapshot = session.snapshot_blocking().unwrap();
    let mut answers = vec![value(&mut session, go_on)];
    for snapshot in [snapshot.clone(), through_bytes(&snapshot)] {
        let mut fork = sandbox.restore_blocking(&snapshot).unwrap();
        answers.push(value(&mut fork, go_on));
    }
    for answer in &answers {
        let answer = answer.as_array().unwrap();
        assert_eq!(
            answer[..5],
            [json!("line 2\n"), json!(true), json!("456"), json!("one two"), json!("buffered")]
        );
        assert_eq!(answer[5], answers[0][5]);
    }
}

#[test]
fn files_that_no_copy_could_open_are_named() {
    let mut session = sandbox().session_blocking().unwrap();
    value(
        &mut session,
        "import os\nf = open('/tmp/gone.txt', 'w+')\nf.write('still here')\nos.remove('/tmp/gone.txt')",
    );
    let error = session.snapshot_blocking().unwrap_err();
    let Error::Snapshot(SnapshotError::OpenFiles(names)) = &error else { panic!("{error:?}") };
    assert_eq!(names, &["/tmp/gone.txt"]);
    assert!(error.to_string().contains("/tmp/gone.txt"), "{error}");
    // The session is intact.
    assert_eq!(value(&mut session, "f.seek(0)\nf.read()"), "still here");
    value(&mut session, "f.close()\nlisting = os.scandir('/data/..')\nopen('/data/x', 'w').close()");
    let listing = session.snapshot_blocking();
    assert!(
        matches!(listing, Err(Error::Snapshot(SnapshotError::OpenFiles(_) | SnapshotError::Handles))),
        "{listing:?}"
    );
    value(&mut session, "names = sorted(entry.name for entry in listing)\ndel listing\nnames");
    let mut fork = session.fork_blocking().unwrap();
    assert_eq!(value(&mut fork, "open('/data/x').read()"), "");
}

#[test]
fn standard_streams_are_used_before_and_after() {
    let mut session = sandbox().session_blocking().unwrap();
    let write = |session: &mut Session| {
        let output = session.execute_blocking("import os, sys\nos.write(1, b'a\\n')\nprint('b')\nos.write(2, b'c\\n')\nsys.stdin and sys.stdin.read()");
        let output = output.unwrap();
        (output.stdout, output.stderr)
    };
    let expected = ("a\nb\n".to_owned(), "c\n".to_owned());
    assert_eq!(write(&mut session), expected);
    let mut fork = session.fork_blocking().unwrap();
    assert_eq!(write(&mut fork), expected);
    assert_eq!(write(&mut session), expected);
    let snapshot = through_bytes(&fork.snapshot_blocking().unwrap());
    assert_eq!(write(&mut sandbox().restore_blocking(&snapshot).unwrap()), expected);
}

#[test]
fn sockets_of_a_copy_are_closed_and_nothing_worse() {
    let mut session = sandbox().session_blocking().unwrap();
    let made = value(
        &mut session,
        "import socket\ntry:\n    s = socket.socket()\n    made = True\nexcept OSError:\n    made = False\nmade",
    );
    let Ok(mut fork) = session.fork_blocking() else { return };
    let code = "try:\n    s.connect(('127.0.0.1', 80))\n    r = 'connected'\nexcept (OSError, NameError):\n    r = 'error'\nr";
    assert_eq!(value(&mut fork, code), "error", "made: {made}");
    assert_eq!(value(&mut session, code), "error");
}

#[test]
fn an_import_may_use_descriptors_while_the_bundle_is_made() {
    let noisy = "import os\nos.write(1, b'too early')\nos.stat('/usr')\nkept = open(__file__)\n";
    let project = crate::common::Project::new()
        .file("py/noisy.py", noisy)
        .declare("imports = [\"noisy\"]\npython = \"py\"\n");
    let code = "import noisy, os\nos.write(1, b'in time\\n')\ntry:\n    noisy.kept.read()\nexcept OSError:\n    print('closed')";
    let output = project.plugin(&["run", "-c", code]).succeeded();
    assert_eq!(output.stdout, "in time\nclosed\n");
}

// ---- elsewhere ----

const RESTORE: &str = "ERYX_TEST_RESTORE";

#[test]
fn another_process_goes_on() {
    if let Some(path) = std::env::var_os(RESTORE) {
        let snapshot = Snapshot::from_bytes(std::fs::read(path).unwrap()).unwrap();
        let mut session = sandbox().restore_blocking(&snapshot).unwrap();
        assert_eq!(
            value(&mut session, "[greet('you'), open('/tmp/note').read(), point.x]"),
            json!(["hello you", "kept", 1])
        );
        println!("went on");
        return;
    }
    let mut session = sandbox().session_blocking().unwrap();
    let code = "import collections, mine\nPoint = collections.namedtuple('Point', 'x y')\npoint = Point(1, 2)\n\
                def greet(who): return f'hello {who}'\nopen('/tmp/note', 'w').write('kept')\nNone";
    value(&mut session, code);
    let bytes = session.snapshot_blocking().unwrap().to_bytes().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["snapshot::another_process_goes_on", "--exact", "--nocapture"])
        .env(RESTORE, PathBuf::from(file.path()))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("went on"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_snapshot_of_another_bundle_is_refused() {
    let mut session = sandbox().session_blocking().unwrap();
    let mut bytes = session.snapshot_blocking().unwrap().to_bytes().unwrap();
    // The id belongs to another bundle, and all other data is correct, including the hash.
    bytes[16] ^= 1;
    let hash = blake3(&[&bytes[..48], &bytes[80..]].concat());
    bytes[48..80].copy_from_slice(&hash);
    let snapshot = Snapshot::from_bytes(&bytes).unwrap();
    let error = sandbox().restore_blocking(&snapshot).unwrap_err();
    assert!(matches!(error, Error::Snapshot(SnapshotError::OtherBundle { .. })), "{error:?}");
    assert!(error.to_string().contains(&snapshot.bundle().to_string()), "{error}");
}

fn blake3(bytes: &[u8]) -> [u8; 32] {
    blake3::hash(bytes).into()
}

#[test]
fn damaged_bytes_are_refused() {
    let mut session = sandbox().session_blocking().unwrap();
    let bytes = session.snapshot_blocking().unwrap().to_bytes().unwrap();
    assert!(Snapshot::from_bytes(&bytes).is_ok());
    for at in (0..bytes.len()).step_by(bytes.len() / 200 + 1).chain(0..90) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x20;
        assert!(matches!(Snapshot::from_bytes(&damaged), Err(Error::Snapshot(_))), "byte {at}");
    }
    for length in [0, 7, 8, 11, 79, 80, 81, bytes.len() / 2, bytes.len() - 1] {
        assert!(matches!(Snapshot::from_bytes(&bytes[..length]), Err(Error::Snapshot(_))), "{length} bytes");
    }
}

// ---- refused snapshots ----

#[test]
fn limits_hold_for_copies() {
    let mut session = sandbox().session_blocking().unwrap();
    value(&mut session, "x = bytearray(b'x' * (64 << 20))\nNone");
    let snapshot = session.snapshot_blocking().unwrap();
    let small = builder().with_limits(Limits::default().with_memory(64 << 20)).build().unwrap();
    let error = small.restore_blocking(&snapshot).unwrap_err();
    assert!(matches!(error, Error::Config(ConfigError::MemoryLimitTooLow { .. })), "{error:?}");
    let tight = builder().with_limits(Limits::default().with_memory(160 << 20)).build().unwrap();
    let mut fork = tight.restore_blocking(&snapshot).unwrap();
    let failed = failure(&mut fork, "y = bytearray(160 << 20)");
    assert_eq!(failed.exception().unwrap().kind, "MemoryError");
    assert_eq!(value(&mut fork, "len(x)"), 64 << 20);
}

#[test]
fn an_ended_session_has_no_snapshot() {
    let mut session = sandbox().session_blocking().unwrap();
    failure(&mut session, "import os\nos.abort()");
    assert!(matches!(session.snapshot_blocking(), Err(Error::Session(SessionError::Ended))));
    assert!(matches!(session.fork_blocking(), Err(Error::Session(SessionError::Ended))));
}

#[test]
fn callbacks_that_are_not_done_are_waited_for_first() {
    let sandbox = builder().with_callback("never", std::future::pending::<()>).build().unwrap();
    let mut session = sandbox.session_blocking().unwrap();
    value(&mut session, "import _eryx\nid = _eryx.start('never', '{}')\nNone");
    let error = session.snapshot_blocking().unwrap_err();
    assert!(matches!(error, Error::Snapshot(SnapshotError::CallsInFlight(1))), "{error:?}");
    value(&mut session, "_eryx.cancel(id)");
    session.snapshot_blocking().unwrap();
}
