//! Names and paths that files may have.

use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

/// Longest path, in bytes: what Linux has.
pub(super) const LONGEST_PATH: usize = 4096;

/// Longest name of a file, in bytes.
pub(super) const LONGEST_NAME: usize = 255;

pub(super) fn check_name(name: &str) -> Result<(), ErrorCode> {
    if name.len() > LONGEST_NAME {
        return Err(ErrorCode::NameTooLong);
    }
    if name.contains('\0') {
        return Err(ErrorCode::Invalid);
    }
    Ok(())
}
