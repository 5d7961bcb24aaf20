//! Runs programs until they end or time out.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Whether its exit status is zero.
    pub(crate) success: bool,
    /// Whether the time-out killed it.
    pub(crate) timed_out: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Time from its start to its end.
    pub(crate) wall: Duration,
}

impl Finished {
    /// Returns the most telling line about a failure: the last of stderr, where Python names the exception.
    pub(crate) fn reason(&self) -> String {
        if self.timed_out {
            return format!("killed after {} s", self.wall.as_secs());
        }
        let line = self.stderr.lines().rev().find(|line| !line.trim().is_empty());
        line.unwrap_or("it has no message").trim().to_owned()
    }
}

/// Runs it with no input.
pub(crate) fn run(command: &mut Command, timeout: Duration) -> Result<Finished> {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", command.get_program().display()))?;
    let stdout = child.stdout.take().map(read);
    let stderr = child.stderr.take().map(read);
    let (success, timed_out) = wait(&mut child, start + timeout)?;
    let wall = start.elapsed();
    let text = |reader: Option<thread::JoinHandle<Vec<u8>>>| {
        let bytes = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ok(Finished { success, timed_out, stdout: text(stdout), stderr: text(stderr), wall })
}

/// Reads in a thread, so that a full pipe does not block the program.
fn read(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // Output before an error is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

/// Returns whether it succeeded, and whether it was killed.
fn wait(child: &mut Child, deadline: Instant) -> Result<(bool, bool)> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status.success(), false));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok((false, true));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_and_status_are_kept() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo one >&2; echo two >&2; exit 3"]);
        let finished = run(&mut command, Duration::from_secs(60)).unwrap();
        assert!(!finished.success && !finished.timed_out);
        assert_eq!((finished.stdout.as_str(), finished.reason().as_str()), ("out\n", "two"));
    }

    #[test]
    fn a_program_without_end_is_killed() {
        let finished = run(Command::new("sleep").arg("1000"), Duration::from_millis(50)).unwrap();
        assert!(finished.timed_out && !finished.success);
        assert_eq!(finished.reason(), "killed after 0 s");
    }

    #[test]
    fn what_cannot_start_is_named() {
        let error = run(&mut Command::new("/nowhere/x"), Duration::from_secs(1)).unwrap_err().to_string();
        assert!(error.starts_with("cannot start /nowhere/x: "), "{error}");
    }
}
