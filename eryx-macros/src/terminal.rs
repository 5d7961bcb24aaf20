//! The terminal that cargo writes to.

use std::fs::File;
use std::io::IsTerminal as _;

/// Cargo's terminal, opened for writing; `None` if it has none, or none that can be found.
///
/// The compiler's own stderr is a pipe to cargo, and `/dev/tty` may belong to an editor that runs cargo in the
/// background. What cargo itself shows goes to *its* stderr, and cargo is the compiler's parent process.
pub(crate) fn of_cargo() -> Option<File> {
    #[cfg(target_os = "linux")]
    {
        let stderr = format!("/proc/{}/fd/2", std::os::unix::process::parent_id());
        let stderr = File::options().append(true).open(stderr).ok()?;
        // Any other file would get lines in it that its owner does not expect.
        stderr.is_terminal().then_some(stderr)
    }
    #[cfg(not(target_os = "linux"))]
    None
}
