//! Cargo's terminal.

use std::fs::File;
use std::io::IsTerminal as _;

/// Opens cargo's terminal for writing; returns `None` if cargo has no terminal, or if it cannot be found.
///
/// The compiler's own stderr is a pipe to cargo, and `/dev/tty` may belong to an editor that runs cargo in
/// the background. Cargo's own output goes to *its* stderr, and cargo is the compiler's parent process.
pub(crate) fn of_cargo() -> Option<File> {
    #[cfg(target_os = "linux")]
    {
        let stderr = format!("/proc/{}/fd/2", std::os::unix::process::parent_id());
        let stderr = File::options().append(true).open(stderr).ok()?;
        // In any other file, these lines would be unexpected.
        stderr.is_terminal().then_some(stderr)
    }
    #[cfg(not(target_os = "linux"))]
    None
}
