//! Helpers of the end-to-end tests: scratch projects, and real programs that work on them.
//!
//! They use eryx only from outside: they run the plugin as cargo does, cargo builds crates, and binaries run.

#![allow(dead_code, reason = "each test program uses its own part of this")]

pub(crate) mod authority;
pub(crate) mod cage;
pub(crate) mod deep;
pub(crate) mod index;
pub(crate) mod kit;
pub(crate) mod measured;
pub(crate) mod output;
pub(crate) mod project;
pub(crate) mod report;
pub(crate) mod rules;
pub(crate) mod server;
pub(crate) mod wheel;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

pub(crate) use output::Output;
pub(crate) use project::Project;

/// Returns the root of this repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Opens a bundle that the plugin made for a test.
pub(crate) fn open(path: impl AsRef<Path>) -> eryx::Bundle {
    try_open(path).unwrap()
}

/// Opens a bundle that may be refused.
pub(crate) fn try_open(path: impl AsRef<Path>) -> eryx::Result<eryx::Bundle> {
    // SAFETY: this repository's plugin made the file, and while a bundle is open, tests replace such files
    // only by renaming.
    unsafe { eryx::Bundle::open(path) }
}

/// Returns the target folder of the running test. Scratch crates use it too, so that dependencies are
/// compiled once.
pub(crate) fn target_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let test = std::env::current_exe().expect("the test knows its own path");
        let tagged = test.ancestors().find(|dir| dir.join("CACHEDIR.TAG").is_file());
        tagged.expect("cargo tags its target folder").to_owned()
    })
}

/// A limit on wall time in which code certainly begins and prints a line, even on a busy machine.
pub(crate) const SOON: std::time::Duration = std::time::Duration::from_secs(3);

/// Returns a folder for files of tests, on the same disk as the target folder.
pub(crate) fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// Returns the plugin: the one that runs this test, else a release build of this repository's.
pub(crate) fn plugin() -> &'static Path {
    static PLUGIN: OnceLock<PathBuf> = OnceLock::new();
    PLUGIN.get_or_init(|| {
        if let Some(path) = std::env::var_os("ERYX_CARGO_PLUGIN").filter(|path| !path.is_empty()) {
            return path.into();
        }
        let build = ["build", "--release", "--quiet", "--package", "cargo-eryx"];
        Output::of(cargo(repository()).args(build)).succeeded();
        target_dir().join("release/cargo-eryx")
    })
}

/// Returns a cargo command in a folder, with the target folder of this test.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", target_dir());
    cargo
}

/// Returns a command in the user's environment, without the variables that cargo set for this test.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    const OF_CARGO: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    const SETTINGS: [&str; 7] = [
        "CARGO_BUILD_TARGET",
        "CARGO_TARGET_TMPDIR",
        "ERYX_BOOTSTRAP",
        "ERYX_LOG",
        "ERYX_SKIP_BUNDLE",
        "ERYX_STORE_DIR",
        "ERYX_TARGET",
    ];
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if OF_CARGO.iter().any(|prefix| text.starts_with(prefix)) || SETTINGS.contains(&&*text) {
            command.env_remove(name);
        }
    }
    command.env("CARGO_TERM_COLOR", "never");
    command
}

/// Returns the names in a folder, sorted; an empty list if the folder does not exist.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
