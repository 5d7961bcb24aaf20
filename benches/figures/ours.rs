//! Our program: `benches/startup-probe`, built as users build theirs.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::program::Program;

/// Builds it, in the target folder that this bench was built in.
pub(crate) fn program() -> Result<Program> {
    let target_dir =
        Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("cargo's temp folder has no parent")?;
    // The alias in `.cargo/config.toml`: the plugin of this very checkout makes the bundle.
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["eryx", "build", "--release", "--package", "startup-probe"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .env("CARGO_TARGET_DIR", target_dir);
    // A probe for another machine or without its bundle is of no use here.
    for name in ["CARGO_BUILD_TARGET", "ERYX_TARGET", "ERYX_SKIP_BUNDLE"] {
        cargo.env_remove(name);
    }
    // Cargo describes the bench's package to the bench. Build scripts that look would see it change, and rebuild.
    for (name, _) in env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            cargo.env_remove(name);
        }
    }
    let status = cargo.status().map_err(|error| format!("cannot run cargo: {error}"))?;
    if !status.success() {
        return Err("the probe was not built; cargo says why above".into());
    }
    let path = target_dir.join("release").join(format!("startup-probe{}", env::consts::EXE_SUFFIX));
    Ok(Program { name: "eryx", path, arguments: Vec::new(), first: Program::PROBE })
}
