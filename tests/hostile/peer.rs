//! The published crate `eryx` 0.14, which runs each program in a separate process.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::common::{command, repository};
use crate::program::Program;

/// The outcome of a program in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PeerOutcome {
    /// `ok`, `raised`, `stopped` (by a limit, or by a crash that the host survives), `host died …`, `host
    /// hung`.
    pub(crate) end: String,
    pub(crate) peak_kib: u64,
}

/// Time past its limit after which a program's host counts as hung.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the program that runs it, if `benches/peers/build.sh` has built it.
pub(crate) fn program() -> Option<PathBuf> {
    let target = std::env::var_os("ERYX_PEERS_TARGET_DIR")
        .map_or_else(|| repository().join("benches/peers/target"), PathBuf::from);
    Some(target.join("release/eryx-probe")).filter(|path| path.is_file())
}

/// Runs all programs that do not need features of this project.
pub(crate) fn run(programs: &[Program]) -> Option<BTreeMap<String, PeerOutcome>> {
    let probe = program()?;
    let scratch = tempfile::tempdir().unwrap();
    let plain = programs.iter().filter(|program| program.needs.is_empty());
    Some(plain.map(|program| (program.name.clone(), run_one(&probe, scratch.path(), program))).collect())
}

fn run_one(probe: &std::path::Path, scratch: &std::path::Path, program: &Program) -> PeerOutcome {
    let file = scratch.join("program.py");
    let canary = scratch.join("canary.txt");
    std::fs::write(&canary, crate::neighbours::CANARY).unwrap();
    let mut text = std::fs::File::create(&file).unwrap();
    writeln!(text, "canary = '{}'\n{}", canary.display(), program.source).unwrap();
    let mut child = command(probe)
        .args(["hostile", file.to_str().unwrap(), &program.wall.as_millis().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let mut peak_kib = 0;
    let status = loop {
        peak_kib = peak_kib.max(peak_of(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > program.wall + PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return PeerOutcome { end: "host hung".to_owned(), peak_kib };
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let output = child.wait_with_output().unwrap();
    let end = match status.signal() {
        Some(signal) => format!("host died of signal {signal}"),
        None if status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        None => format!("host died with status {}", status.code().unwrap_or_default()),
    };
    // The program reports its peak memory at the end.
    let (end, told) = end
        .split_once(' ')
        .filter(|_| status.success())
        .map_or((end.as_str(), 0), |(end, kib)| (end, kib.parse().unwrap_or(0)));
    PeerOutcome { end: end.to_owned(), peak_kib: peak_kib.max(told) }
}

fn peak_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Returns its version, for the page.
pub(crate) fn about() -> Option<String> {
    let output = Command::new(program()?).arg("about").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
