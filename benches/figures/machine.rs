//! When and where a table was made.

use std::fs;
use std::process::Command;
use std::thread;

/// Date, processor and load, in one line.
pub(crate) fn describe() -> String {
    let date = Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]).output().ok();
    let date = date.map_or_else(String::new, |date| String::from_utf8_lossy(&date.stdout).trim().to_owned());
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let mut parts = vec![date, format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)];
    let model = processor().map_or_else(String::new, |model| format!(" of {model}"));
    parts.push(format!("{cores} cores{model}"));
    // Figures from a machine that was doing other things should say so.
    if let Some(load) = load() {
        parts.push(format!("load before the run {load}"));
    }
    parts.join(", ")
}

/// Processes that wanted a core in the last minute, on average, where Linux says so.
fn load() -> Option<String> {
    Some(fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.to_owned())
}

/// Name of the processor, where Linux gives one.
fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
