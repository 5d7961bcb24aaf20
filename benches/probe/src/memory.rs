//! Private memory of this process.

use std::fs;

use eryx::{Bundle, Result};

/// Sessions that start before the measurement, because they also pay for shared state.
const UNCOUNTED: usize = 3;

/// Prints the bytes of one more session that ran `x = 1`: the mean over `count` of them.
pub(crate) fn per_session(bundle: &Bundle, count: usize) -> Result<()> {
    let sandbox = crate::sandbox(bundle)?;
    let mut sessions = Vec::new();
    let mut before = 0;
    for number in 0..UNCOUNTED + count {
        if number == UNCOUNTED {
            before = private();
        }
        let mut session = sandbox.session_blocking()?;
        session.execute_blocking("x = 1")?;
        sessions.push(session);
    }
    println!("{}", private().saturating_sub(before) / count);
    Ok(())
}

/// Returns the private bytes of this process, if Linux reports them.
fn private() -> usize {
    let text = fs::read_to_string("/proc/self/smaps_rollup").expect("Linux 4.14 or newer");
    let lines = text.lines().filter(|line| line.starts_with("Private_"));
    lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok()).sum::<usize>() * 1024
}
