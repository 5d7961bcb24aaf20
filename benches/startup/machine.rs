//! When and where a table was made.

use std::fs;
use std::process::Command;
use std::thread;

/// Date, processor and load, in one line.
pub(crate) fn describe() -> String {
    let date = Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]).output().ok();
    let date = date.map_or_else(String::new, |date| String::from_utf8_lossy(&date.stdout).trim().to_owned());
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let mut text = format!("{date}, {} {}, {cores} cores", std::env::consts::OS, std::env::consts::ARCH);
    if let Some(model) = processor() {
        text += &format!(" of {model}");
    }
    // Figures from a machine that was doing other things should say so.
    if let Some(load) =
        fs::read_to_string("/proc/loadavg").ok().as_deref().and_then(|text| text.split(' ').next())
    {
        text += &format!(", load before the run {load}");
    }
    text
}

/// Name of the processor, where Linux gives one.
fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
