//! The environments of the programs.

use std::fmt;
use std::time::Duration;

use eryx::{
    Bundle, CallbackError, Code, Error, Limits, Output, Sandbox, SandboxBuilder, Session, Snapshot, Value,
};
use serde::{Deserialize, Serialize};

use crate::neighbours::Neighbours;
use crate::outcome::Outcome;
use crate::program::Program;

/// A way to get an interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Flavour {
    /// A fresh interpreter for each program.
    Base,
    /// A fresh interpreter with native packages.
    Native,
    /// An interpreter that ran other programs before, after `reset`.
    Session,
    /// An interpreter restored from a serialised snapshot; if it survives, it is copied again afterwards.
    Restored,
    /// A fresh interpreter in a reused memory; now and then all of it is searched for data of earlier
    /// tenants.
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

/// A harmless program that uses many features.
const INNOCENT: &str = "
import json, os, random, re
with open('/tmp/innocent', 'w') as file:
    file.write('fine')
print(open('/tmp/innocent').read(), re.sub('a+', 'b', 'caat'))
os.remove('/tmp/innocent')
[json.loads('[1, 2]'), sum(n * n for n in range(100)), 0 <= random.random() < 1, echo(5)]";

/// Searches all of its memory for other tenants' markers.
const SCAN: &str = include_str!("scan.py");

/// Prefix of all markers in one run of the suite, in two parts, so that the search does not find its own
/// text.
const MARKER: [&str; 2] = ["tenant-", "5b0e7f-"];

/// Copying an interpreter takes as much host memory as the interpreter.
const MOST_COPIED: usize = 48 << 20;

/// Runs programs, one after the other.
pub(crate) struct Place {
    flavour: Flavour,
    bundle: Bundle,
    neighbours: Neighbours,
    /// Number of programs so far.
    count: usize,
    /// For the flavour `Session`: the interpreter, with its limit and network.
    session: Option<(Duration, bool, Session)>,
    /// For the flavour `Restored`.
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

    /// Runs a program, and then a harmless one.
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
        // On a busy machine, the limits of some programs are too short for the harmless one.
        let patient = self.sandbox(Duration::from_secs(60), online);
        broken.extend(not_innocent("a fresh interpreter", &patient.execute_blocking(INNOCENT)));
        if self.flavour == Flavour::Reuse && self.count.is_multiple_of(5) {
            broken.extend(Self::search(&patient));
        }
        broken.extend(self.neighbours.problems());
        (result, broken)
    }

    /// Runs the program in an interpreter that other programs used before.
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
            // Drop the old session first: both may have grown.
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
            // Its outcome does not matter.
            drop(reset(&mut session));
            return result;
        }
        match reset(&mut session) {
            Ok(()) => broken.extend(not_innocent("the session", &session.execute_blocking(INNOCENT))),
            // The dropped objects may be so deep that freeing them ends the interpreter.
            Err(Error::Execution(_)) => return result,
            Err(error) => broken.push(format!("the session cannot be reset: {error}")),
        }
        if broken.is_empty() {
            self.session = Some((key.0, key.1, session));
        }
        result
    }

    /// Runs the program in a copy, which is copied once more if possible.
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
        // A program may leave state that cannot be copied, for example open files that were removed.
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
                // As in a session, the reset may end it.
                if !matches!(reset(&mut copy), Err(Error::Execution(_))) {
                    broken.extend(not_innocent("a copy", &copy.execute_blocking(INNOCENT)));
                }
            }
        }
        result
    }

    /// Searches a memory for other tenants' data, and all waiting memories for differences from their start.
    fn search(sandbox: &Sandbox) -> Vec<String> {
        let own = format!("{}{}own.", MARKER[0], MARKER[1]);
        let code = Code::new(SCAN).with_input("parts", &MARKER).with_input("own", &own);
        let mut problems = Vec::new();
        match sandbox.execute_blocking(code) {
            // It finds its own marker, so the search works.
            Ok(output) if output.value == Some(Value::from(vec!["own"])) => {}
            other => problems.push(format!("the search for other tenants' data: {other:?}")),
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

/// Registers functions of the host for the programs.
fn with_callbacks(builder: SandboxBuilder<'_>) -> SandboxBuilder<'_> {
    builder
        .with_callback("echo", |value: Value| async { value })
        .with_callback("db.read", |path: String| async move { path.len() })
        // The callback holds all of its arguments meanwhile.
        .with_callback("sleep", |milliseconds: u64, more: Option<String>| async move {
            tokio::time::sleep(Duration::from_millis(milliseconds.min(60_000))).await;
            drop(more);
        })
        .with_callback("fail", |kind: String, message: String| async move {
            Err::<(), _>(CallbackError::of_kind(kind, message))
        })
        // This panics without the printed report.
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

/// Returns the reason why the result is wrong, if it is.
fn not_innocent(place: &str, result: &eryx::Result<Output>) -> Option<String> {
    let value = serde_json::json!([[1, 2], 328_350, true, 5]);
    match result {
        Ok(output) if output.stdout == "fine cbt\n" && output.value == Some(value) => None,
        other => Some(format!("afterwards, in {place}: {other:?}").chars().take(1500).collect()),
    }
}
