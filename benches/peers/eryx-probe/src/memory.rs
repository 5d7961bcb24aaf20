//! Private memory of this process.

use std::fs;

use eryx::{InProcessSession, Session as _};

use crate::Result;

/// Prints the memory of one more session that ran `x = 1`, in bytes: the mean over `count` of them.
pub(crate) async fn per_session(count: usize) -> Result<()> {
    let sandbox = crate::sandbox()?;
    let mut sessions = Vec::new();
    let mut before = 0;
    // The first few also pay for shared state.
    for number in 0..count + 3 {
        if number == 3 {
            before = private()?;
        }
        let mut session = InProcessSession::new(&sandbox).await?;
        session.execute("x = 1").await?;
        sessions.push(session);
    }
    println!("{}", private()?.saturating_sub(before) / count);
    Ok(())
}

/// Returns the private bytes of this process.
fn private() -> Result<usize> {
    let text = fs::read_to_string("/proc/self/smaps_rollup")?;
    let lines = text.lines().filter(|line| line.starts_with("Private_"));
    let kib: usize = lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok()).sum();
    Ok(kib * 1024)
}
