//! Sessions with some state: snapshot, restore and fork.

use eryx::{Bundle, Result, Sandbox, Session, Snapshot};

use crate::sandbox;
use crate::timing::timed;

/// State for a snapshot, and code that checks it. All probes have the same text.
const STATE: &str =
    "rows = [{'id': i, 'name': f'row {i}', 'tags': ['a', 'b']} for i in range(1000)]\ntotal = len(rows)";
const CHECK: &str = "assert total == len(rows) == 1000 and rows[-1]['name'] == 'row 999'";

pub(crate) fn snapshot(bundle: &Bundle, count: usize) -> Result<()> {
    let mut session = session(&sandbox(bundle)?)?;
    timed(count, || session.snapshot_blocking()?.to_bytes().map(drop))
}

pub(crate) fn restore(bundle: &Bundle, count: usize) -> Result<()> {
    let sandbox = sandbox(bundle)?;
    let bytes = session(&sandbox)?.snapshot_blocking()?.to_bytes()?;
    timed(count, || {
        let mut session = sandbox.restore_blocking(&Snapshot::from_bytes(&bytes)?)?;
        session.execute_blocking(CHECK).map(drop)
    })
}

pub(crate) fn fork(bundle: &Bundle, count: usize) -> Result<()> {
    let mut session = session(&sandbox(bundle)?)?;
    timed(count, || session.fork_blocking()?.execute_blocking(CHECK).map(drop))
}

fn session(sandbox: &Sandbox) -> Result<Session> {
    let mut session = sandbox.session_blocking()?;
    session.execute_blocking(STATE)?;
    Ok(session)
}
