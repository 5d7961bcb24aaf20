//! Limits on names and paths of files.

use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

/// Maximum length of a path in bytes, as on Linux.
pub(super) const LONGEST_PATH: usize = 4096;

/// Maximum length of a file name in bytes.
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
