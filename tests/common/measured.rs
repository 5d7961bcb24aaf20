//! Programs that are watched: how much memory they took, and that they end at all.

use std::io::{Read as _, Seek as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};
use std::sync::mpsc;
use std::time::Duration;

use super::Output;

/// A program that runs longer hangs: this is no measure of speed.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs a command to its end; gives its output and the most memory it had, in bytes. One that hangs is killed.
pub(crate) fn run(command: &mut Command) -> (Output, u64) {
    let (mut out, mut err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    command.stdin(std::process::Stdio::null());
    command.stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap());
    let pid = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}")).id();
    let (ended, wait) = mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        if wait.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    });
    let mut status = 0;
    // SAFETY: `rusage` is a C struct of integers, for which zeros are a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live values of the types that the call fills; the child is ours and nobody else waits
    // for it.
    let waited = unsafe { libc::wait4(pid.cast_signed(), &raw mut status, 0, &raw mut usage) };
    assert_eq!(waited, pid.cast_signed());
    drop(ended);
    guard.join().unwrap();
    let text = |file: &mut std::fs::File| {
        let mut bytes = Vec::new();
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).unwrap();
        bytes
    };
    let output = std::process::Output {
        status: ExitStatus::from_raw(status),
        stdout: text(&mut out),
        stderr: text(&mut err),
    };
    (Output::new(command, &output), usage.ru_maxrss.cast_unsigned() << 10)
}
