//! The places that programs run in.

use std::fmt;
use std::time::Duration;

use eryx::{
    Bundle, CallbackError, Code, Error, Limits, Output, Sandbox, SandboxBuilder, Session, Snapshot, Value,
};
use serde::{Deserialize, Serialize};

use crate::neighbours::Neighbours;
use crate::outcome::Outcome;
use crate::program::Program;

/// A way to come by an interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Flavour {
    /// A fresh one for each program.
    Base,
    /// The same of a bundle with native packages.
    Native,
    /// One that other programs ran in before, after `reset`.
    Session,
    /// One that goes on from a snapshot that was written down; and if it lives, is copied again afterwards.
    Restored,
    /// A fresh one whose memory others had before; now and then all of it is searched for what they left.
    Reuse,
}

impl Flavour {
    pub(crate) const ALL: [Self; 5] = [Self::Base, Self::Native, Self::Session, Self::Restored, Self::Reuse];
}

impl fmt::Display for Flavour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base => "base",
            Self::Native => "native packages",
            Self::Session => "session",
            Self::Restored => "restored snapshot",
            Self::Reuse => "reused memory",
        })
    }
}

/// Means no harm, and uses a bit of everything.
const INNOCENT: &str = "
import json, os, random, re
with open('/tmp/innocent', 'w') as file:
    file.write('fine')
print(open('/tmp/innocent').read(), re.sub('a+', 'b', 'caat'))
os.remove('/tmp/innocent')
[json.loads('[1, 2]'), sum(n * n for n in range(100)), 0 <= random.random() < 1, echo(5)]";

/// Searches all of its memory for the markers of others.
const SCAN: &str = include_str!("scan.py");

/// Beginning of all markers in one run of the suite, in two parts, so that who searches for it does not find itself.
const MARKER: [&str; 2] = ["tenant-", "5b0e7f-"];

/// Copying an interpreter takes as much memory of the host as it has itself.
const MOST_COPIED: usize = 48 << 20;

/// Runs programs, one after the other.
pub(crate) struct Place {
    flavour: Flavour,
    bundle: Bundle,
    neighbours: Neighbours,
    /// How many programs ran.
    count: usize,
    /// Of the flavour `Session`: the interpreter, and which limit and network it has.
    session: Option<(Duration, bool, Session)>,
    /// Of the flavour `Restored`.
    snapshot: Option<Snapshot>,
}

impl Place {
    pub(crate) fn new(flavour: Flavour, bundle: Bundle) -> Self {
        let mut place = Self {
            flavour,
            bundle,
            neighbours: Neighbours::start(),
            count: 0,
            session: None,
            snapshot: None,
        };
        if flavour == Flavour::Restored {
            let mut session = place.sandbox(Duration::from_secs(60), false).session_blocking().unwrap();
            let state =
                "import json, re\nrows = [{'id': n} for n in range(1000)]\nlog = open('/data/log', 'w+')";
            session.execute_blocking(state).unwrap();
            let bytes = session.snapshot_blocking().unwrap().to_bytes().unwrap();
            place.snapshot = Some(Snapshot::from_bytes(bytes).unwrap());
        }
        place
    }

    /// Runs a program, and one that means no harm after it.
    pub(crate) fn run(&mut self, program: &Program, canary: &str) -> (eryx::Result<Output>, Vec<String>) {
        self.count += 1;
        let online = program.needs("network");
        let sandbox = self.sandbox(program.wall, online);
        let mut code =
            Code::new(program.source.as_str()).with_filename("<hostile>").with_input("canary", canary);
        if online {
            code = self.neighbours.tell(code);
        }
        let mut broken = Vec::new();
        let result = match self.flavour {
            Flavour::Base | Flavour::Native => sandbox.execute_blocking(code),
            Flavour::Reuse => {
                let marker = format!("{}{}{}.", MARKER[0], MARKER[1], self.count).repeat(20);
                sandbox.execute_blocking(code.with_input("marker", &marker))
            }
            Flavour::Session => self.in_session(&sandbox, program, code, &mut broken),
            Flavour::Restored => self.in_copy(&sandbox, program, code, &mut broken),
        };
        // On a machine that is busy, the limits of some programs are too short for anything.
        let patient = self.sandbox(Duration::from_secs(60), online);
        broken.extend(not_innocent("a fresh interpreter", &patient.execute_blocking(INNOCENT)));
        if self.flavour == Flavour::Reuse && self.count.is_multiple_of(5) {
            broken.extend(Self::search(&patient));
        }
        broken.extend(self.neighbours.problems());
        (result, broken)
    }

    /// Runs it in an interpreter that others had before.
    fn in_session(
        &mut self,
        sandbox: &Sandbox,
        program: &Program,
        code: Code<'_>,
        broken: &mut Vec<String>,
    ) -> eryx::Result<Output> {
        let key = (program.wall, program.needs("network"));
        let mut session = match self.session.take() {
            Some((wall, online, session)) if (wall, online) == key => session,
            // Not two at once: both may have grown.
            other => {
                drop(other);
                sandbox.session_blocking()?
            }
        };
        let result = session.execute_blocking(code);
        if Outcome::of(&result).end.starts_with("ends") {
            return result;
        }
        if program.spoils {
            // However that ends.
            drop(reset(&mut session));
            return result;
        }
        match reset(&mut session) {
            Ok(()) => broken.extend(not_innocent("the session", &session.execute_blocking(INNOCENT))),
            // What is forgotten may be so deep that freeing it ends the interpreter.
            Err(Error::Execution(_)) => return result,
            Err(error) => broken.push(format!("the session cannot be reset: {error}")),
        }
        if broken.is_empty() {
            self.session = Some((key.0, key.1, session));
        }
        result
    }

    /// Runs it in a copy, which is copied once more if it may be.
    fn in_copy(
        &self,
        sandbox: &Sandbox,
        program: &Program,
        code: Code<'_>,
        broken: &mut Vec<String>,
    ) -> eryx::Result<Output> {
        let mut session =
            sandbox.restore_blocking(self.snapshot.as_ref().expect("it was taken at the start"))?;
        let result = session.execute_blocking(code);
        let ended = Outcome::of(&result).end.starts_with("ends");
        if program.spoils || ended || session.peak_memory() > MOST_COPIED {
            return result;
        }
        // A program may leave what cannot be copied, such as open files that were removed.
        match session.snapshot_blocking() {
            Err(Error::Snapshot(_) | Error::Execution(_)) => {}
            Err(error) => broken.push(format!("it cannot be copied: {error}")),
            Ok(snapshot) => {
                drop(session);
                let mut copy = match sandbox.restore_blocking(&snapshot) {
                    Ok(copy) => copy,
                    Err(error) => {
                        broken.push(format!("its copy cannot go on: {error}"));
                        return result;
                    }
                };
                // As in a session: forgetting may end it.
                if !matches!(reset(&mut copy), Err(Error::Execution(_))) {
                    broken.extend(not_innocent("a copy", &copy.execute_blocking(INNOCENT)));
                }
            }
        }
        result
    }

    /// Searches a memory for what others left, and all that wait for differences to their start.
    fn search(sandbox: &Sandbox) -> Vec<String> {
        let own = format!("{}{}own.", MARKER[0], MARKER[1]);
        let code = Code::new(SCAN).with_input("parts", &MARKER).with_input("own", &own);
        let mut problems = Vec::new();
        match sandbox.execute_blocking(code) {
            // Its own is there, so the search works.
            Ok(output) if output.value == Some(Value::from(vec!["own"])) => {}
            other => problems.push(format!("the search for what others left: {other:?}")),
        }
        let (waiting, differing) = eryx::__private::waiting_memories(sandbox);
        if differing > 0 {
            problems.push(format!("{differing} of {waiting} memories that wait are not as at their start"));
        }
        problems
    }

    fn sandbox(&self, wall: Duration, online: bool) -> Sandbox {
        let limits = Limits::default().with_memory(128 << 20).with_wall_time(wall);
        let inner = with_callbacks(Sandbox::builder().with_bundle(&self.bundle))
            .with_limits(limits.with_memory(48 << 20).with_wall_time(Duration::from_millis(600)))
            .build()
            .unwrap();
        let builder = with_callbacks(Sandbox::builder().with_bundle(&self.bundle))
            .with_limits(limits)
            .with_callback("nested", move |code: String| {
                let inner = inner.clone();
                async move { Outcome::of(&inner.execute(code.as_str()).await).end }
            });
        let builder = if online { builder.with_network(self.neighbours.policy()) } else { builder };
        builder.build().unwrap()
    }
}

/// Functions of the host for programs to play with.
fn with_callbacks(builder: SandboxBuilder<'_>) -> SandboxBuilder<'_> {
    builder
        .with_callback("echo", |value: Value| async { value })
        .with_callback("db.read", |path: String| async move { path.len() })
        // Holds all of its arguments meanwhile.
        .with_callback("sleep", |milliseconds: u64, more: Option<String>| async move {
            tokio::time::sleep(Duration::from_millis(milliseconds.min(60_000))).await;
            drop(more);
        })
        .with_callback("fail", |kind: String, message: String| async move {
            Err::<(), _>(CallbackError::of_kind(kind, message))
        })
        // Quietly: without the report that a panic prints.
        .with_callback("panic", |text: String| async move {
            if !text.is_empty() {
                std::panic::resume_unwind(Box::new(text));
            }
        })
}

fn reset(session: &mut Session) -> eryx::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(session.reset())
}

/// Why it was not as it must be, if so.
fn not_innocent(place: &str, result: &eryx::Result<Output>) -> Option<String> {
    let value = serde_json::json!([[1, 2], 328_350, true, 5]);
    match result {
        Ok(output) if output.stdout == "fine cbt\n" && output.value == Some(value) => None,
        other => Some(format!("afterwards, in {place}: {other:?}").chars().take(1500).collect()),
    }
}
