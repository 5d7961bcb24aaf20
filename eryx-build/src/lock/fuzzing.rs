//! The entry point of the lock parser for the fuzzer.

use std::path::Path;

use super::lock_file::LockFile;
use crate::error::Result;

pub fn parse(text: &str, path: &Path) -> Result<LockFile> {
    super::read::parse(text, path)
}
