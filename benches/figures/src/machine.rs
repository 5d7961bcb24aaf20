//! Date and machine of a table.

use std::fs;
use std::process::Command;
use std::thread;

/// Returns date, system, processor and load, in one line.
#[allow(dead_code, reason = "not every program that includes this file wants all in one line")]
pub(crate) fn describe() -> String {
    format!("{}, {}", moment(), system())
}

/// System and processor.
pub(crate) fn system() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let model = processor().map_or_else(String::new, |model| format!(" of {model}"));
    format!("{} {}, {cores} cores{model}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Date, time and load.
pub(crate) fn moment() -> String {
    let date = Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]).output().ok();
    let date = date.map_or_else(String::new, |date| String::from_utf8_lossy(&date.stdout).trim().to_owned());
    // Figures from a busy machine should say so.
    load().map_or_else(|| date.clone(), |load| format!("{date}, load {load}"))
}

/// Returns the load average of the last minute, if Linux reports it.
fn load() -> Option<String> {
    Some(fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.to_owned())
}

/// Returns the name of the processor, if Linux reports it.
fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
