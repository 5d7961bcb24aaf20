//! The lock from text, as the fuzzer reads it.

use std::path::Path;

use super::lock_file::LockFile;
use crate::error::Result;

pub fn parse(text: &str, path: &Path) -> Result<LockFile> {
    super::read::parse(text, path)
}
