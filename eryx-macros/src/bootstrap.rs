//! Builds the plugin on request (`ERYX_BOOTSTRAP=1`).
//!
//! In a clone of the repository, this module builds the plugin from the sources next to this crate, so a
//! stale plugin is never used; without changes that takes a fifth of a second. Elsewhere it installs the
//! published plugin of the same version, once. In both cases the plugin goes into the user's cache, not into
//! the target folder of the crate being compiled: the cargo that waits for this macro has locked that folder.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::environment::Environment;
use crate::failure::Failure;
use crate::plugin::VERSION;
use crate::terminal;

/// Returns the path of an up-to-date plugin.
pub(crate) fn plugin(environment: &Environment) -> Result<PathBuf, Failure> {
    let cache = environment.cache_dir().ok_or_else(|| {
        Failure::new("ERYX_BOOTSTRAP=1 needs a cache folder, and neither HOME nor ERYX_CACHE_DIR is set")
            .help("set ERYX_CACHE_DIR to a folder that can be written")
    })?;
    let home = cache.join("plugin");
    let program = format!("cargo-eryx{}", std::env::consts::EXE_SUFFIX);
    if let Some(workspace) = workspace() {
        let target_dir = home.join(format!("source-{:016x}", hash(&workspace)));
        let built = target_dir.join("release").join(program);
        let mut cargo = cargo(environment, &workspace);
        cargo.args(["build", "--release", "--package", "cargo-eryx", "--manifest-path"]);
        cargo.arg(workspace.join("Cargo.toml")).arg("--target-dir").arg(target_dir);
        run(cargo, &built)?;
        return Ok(built);
    }
    let root = home.join(VERSION);
    let installed = root.join("bin").join(program);
    // A published version never changes.
    if !installed.is_file() {
        create(&home)?;
        let mut cargo = cargo(environment, &home);
        cargo.args(["install", "cargo-eryx", "--locked", "--version", VERSION, "--root"]).arg(root);
        run(cargo, &installed)?;
    }
    Ok(installed)
}

/// Returns the clone in which this crate was compiled, if any.
fn workspace() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    workspace.join("cargo-eryx/Cargo.toml").is_file().then(|| workspace.to_owned())
}

fn create(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("cannot create {}", folder.display())).because(error))
}

fn hash(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}

/// Returns a cargo command that is independent of the outer cargo.
fn cargo(environment: &Environment, folder: &Path) -> Command {
    let mut command = Command::new(environment.get("CARGO").unwrap_or_else(|| "cargo".into()));
    // It runs in its own folder, because the configuration files of the user's crate must not apply (for
    // example `build.target`).
    command.current_dir(folder).stdin(Stdio::null());
    for name in environment.names().filter(|name| is_of_outer_build(name)) {
        command.env_remove(name);
    }
    command
}

/// Whether a variable belongs to the compilation that this macro is a part of.
///
/// With such a variable, the inner cargo would build something else, or rebuild everything whenever the outer
/// build is called in another way. Examples are flags, compiler wrappers of clippy and coverage tools,
/// another target, and the job server.
fn is_of_outer_build(name: &str) -> bool {
    const PREFIXES: [&str; 7] = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_PROFILE_",
        "CARGO_CFG_",
        "CARGO_FEATURE_",
        "CLIPPY_",
    ];
    const NAMES: [&str; 22] = [
        "CARGO_BUILD_BUILD_DIR",
        "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_RUSTC_WRAPPER",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_CRATE_NAME",
        "CARGO_ENCODED_RUSTDOCFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_INCREMENTAL",
        "CARGO_MAKEFLAGS",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_DIR",
        "LD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
        "MAKEFLAGS",
        "MFLAGS",
        "OUT_DIR",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTDOCFLAGS",
        "RUSTFLAGS",
    ];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || NAMES.contains(&name)
}

fn run(mut cargo: Command, result: &Path) -> Result<(), Failure> {
    let mut terminal = terminal::of_cargo();
    if !result.is_file()
        && let Some(terminal) = &mut terminal
    {
        drop(writeln!(terminal, "\r\x1b[K   Preparing cargo-eryx {VERSION}, once (ERYX_BOOTSTRAP=1)"));
    }
    let shown = shown(&cargo);
    let failed = |error: std::io::Error| {
        Failure::new("ERYX_BOOTSTRAP=1: cannot run cargo").because(error).because(&shown)
    };
    // stdout is the compiler's message stream to cargo; output of this macro must not get into it.
    let mut child = cargo.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let mut said = Vec::new();
    let stderr = child.stderr.take().expect("it is piped");
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        // `Finished` and similar lines are noise in the user's build.
        if let Some(terminal) = terminal.as_mut().filter(|_| line.starts_with("   Compiling")) {
            drop(writeln!(terminal, "\r\x1b[K{line}"));
        }
        said.push(line);
    }
    let status = child.wait().map_err(failed)?;
    if status.success() && result.is_file() {
        return Ok(());
    }
    Err(Failure::new(format!("ERYX_BOOTSTRAP=1: building cargo-eryx failed ({status})"))
        .because(shown)
        .because(said[said.len().saturating_sub(40)..].join("\n"))
        .help("or install the plugin yourself and unset ERYX_BOOTSTRAP"))
}

/// Formats the command as a user would type it.
fn shown(command: &Command) -> String {
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once("cargo".into()).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inner_cargo_forgets_the_outer_build_and_keeps_the_rest() {
        let environment = Environment::of([
            ("RUSTC_WORKSPACE_WRAPPER", "/bin/clippy-driver"),
            ("CARGO_ENCODED_RUSTFLAGS", "-Cx"),
            ("CARGO_PKG_NAME", "user"),
            ("CARGO_MAKEFLAGS", "-j --jobserver-fds=3,4"),
            ("CARGO_HOME", "/home/x/.cargo"),
            ("CARGO_NET_OFFLINE", "true"),
            ("CARGO_REGISTRIES_OURS_INDEX", "x"),
            ("RUSTUP_TOOLCHAIN", "1.95"),
            ("CARGO", "/opt/cargo"),
        ]);
        let command = cargo(&environment, Path::new("/"));
        assert_eq!(command.get_program(), "/opt/cargo");
        let removed: Vec<_> = command.get_envs().map(|(name, _)| name.to_str().unwrap()).collect();
        assert_eq!(
            removed,
            ["CARGO_ENCODED_RUSTFLAGS", "CARGO_MAKEFLAGS", "CARGO_PKG_NAME", "RUSTC_WORKSPACE_WRAPPER"]
        );
    }

    #[test]
    fn the_clone_is_recognised() {
        // These tests only run in a clone.
        assert!(workspace().unwrap().join("eryx-macros/Cargo.toml").is_file());
    }
}
