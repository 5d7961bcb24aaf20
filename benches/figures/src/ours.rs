//! The programs of this project: `benches/probe`, built as users build theirs.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::Result;
use crate::program::{Column, Program};

/// Plain CPython, and CPython with pydantic.
pub(crate) fn programs() -> Result<[Program; 2]> {
    build()?;
    Ok(["probe", "probe-pydantic"].map(|name| Program {
        column: Column::Ours,
        path: executable(name),
        arguments: Vec::new(),
    }))
}

/// Returns the path of a program of the package `probe`.
pub(crate) fn executable(name: &str) -> PathBuf {
    target_dir().join("release").join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// Returns the target folder that this program was built in.
pub(crate) fn target_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let program = env::current_exe().expect("a program knows its own path");
        let tagged = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
        tagged.expect("cargo tags its target folder").to_owned()
    })
}

/// Returns a folder in it for files that are kept between runs.
pub(crate) fn kept() -> PathBuf {
    target_dir().join("figures")
}

/// Returns the root of this repository.
pub(crate) fn repository() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).expect("this package is in benches/figures").to_owned()
}

fn build() -> Result<()> {
    // This uses the alias in `.cargo/config.toml`, so the plugin of this checkout makes the bundle.
    let status = cargo(&["eryx", "build", "--release", "--package", "probe"])
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !status.success() {
        return Err("the probes were not built; cargo says why above".into());
    }
    Ok(())
}

/// Returns a cargo command for this repository, as if a user had called it.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).current_dir(repository()).env("CARGO_TARGET_DIR", target_dir());
    // With these variables, the probe would be built for another machine or without its bundle.
    for name in ["CARGO_BUILD_TARGET", "ERYX_TARGET", "ERYX_SKIP_BUNDLE"] {
        cargo.env_remove(name);
    }
    // Cargo sets variables about this package for this program. Build scripts that read them would see a
    // change, and rebuild.
    for (name, _) in env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            cargo.env_remove(name);
        }
    }
    cargo
}
