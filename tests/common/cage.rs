//! Shell scripts that may mount file systems, in separate namespaces: their changes are invisible outside,
//! and temporary.

use std::path::Path;
use std::process::Command;

use super::Output;

/// Runs `sh -c script arguments…` as root of namespaces without network. If the system does not let this user
/// create any, prints a message and returns `None`; the test then cannot run.
pub(crate) fn shell(script: &str, arguments: &[&Path]) -> Option<Output> {
    let probe = tempfile::tempdir().unwrap();
    let allowed = Output::of(&mut command("mount -t tmpfs tmpfs \"$1\"", &[probe.path()]));
    if allowed.code != Some(0) {
        eprintln!("SKIPPED: this test has to mount things, and may not: {allowed}");
        return None;
    }
    Some(Output::of(&mut command(script, arguments)))
}

fn command(script: &str, arguments: &[&Path]) -> Command {
    let mut unshare = Command::new("unshare");
    unshare.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    if !rustix::process::geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(["--mount", "--net", "sh", "-c", script, "sh"]).args(arguments);
    unshare
}
