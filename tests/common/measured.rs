//! Supervised programs: measures their peak memory, and checks that they end.

use std::io::{Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Output;

/// A program that runs longer counts as hung; this is not a limit on speed.
const PATIENCE: Duration = Duration::from_secs(240);

/// Runs a command to its end; returns its output and its peak memory, in bytes. Kills it if it hangs.
///
/// The kernel's figure for an ended child (`ru_maxrss`) includes its parent's memory at the time of the fork.
/// So this function reads the peak while the child lives: the peak only grows.
pub(crate) fn run(command: &mut Command) -> (Output, u64) {
    let (mut out, mut err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let (begun, mut peak) = (Instant::now(), 0);
    let status = loop {
        peak = peak.max(peak_of(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |file: &mut std::fs::File| {
        let mut bytes = Vec::new();
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).unwrap();
        bytes
    };
    let output = std::process::Output { status, stdout: text(&mut out), stderr: text(&mut err) };
    (Output::new(command, &output), peak)
}

/// Returns the peak memory of a living process, in bytes.
fn peak_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? << 10)
}
