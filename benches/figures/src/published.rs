//! The published crate: `benches/peers/eryx-probe`, if it has been built.

use std::env;
use std::path::PathBuf;

use crate::program::{Column, Program};

/// Returns the program, or the reason why it is missing. It is not built here: that takes a quarter of an
/// hour.
pub(crate) fn program() -> Result<Program, String> {
    let folder = crate::ours::repository().join("benches/peers");
    let target_dir =
        env::var_os("ERYX_PEERS_TARGET_DIR").map_or_else(|| folder.join("target"), PathBuf::from);
    let path = target_dir.join("release").join(format!("eryx-probe{}", env::consts::EXE_SUFFIX));
    if path.is_file() {
        return Ok(Program { column: Column::Crate, path, arguments: Vec::new() });
    }
    Err(format!("there is no {}: build it with benches/peers/build.sh", path.display()))
}
