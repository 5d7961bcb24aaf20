//! One program of the escape suite, with the same limits as in the suite.

use std::fs;
use std::time::Duration;

use eryx::{ErrorKind, ResourceLimits, Sandbox};

use crate::Result;

/// Runs the program in a file, and prints its outcome and the peak memory of this process, in KiB: `ok`,
/// `raised` (a Python exception) or `stopped` (any other error).
pub(crate) async fn run(path: &str, milliseconds: u64) -> Result<()> {
    let limits = ResourceLimits::default()
        .with_max_memory_bytes(128 << 20)
        .with_execution_timeout(Duration::from_millis(milliseconds));
    let sandbox = Sandbox::embedded().with_resource_limits(limits).build()?;
    let end = match sandbox.execute(&fs::read_to_string(path)?).await {
        Ok(_) => "ok",
        Err(error) if matches!(error.kind(), ErrorKind::PythonException(_)) => "raised",
        Err(_) => "stopped",
    };
    println!("{end} {}", peak_kib()?);
    Ok(())
}

fn peak_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
