//! The entry point for the fuzzer: source archives.

use std::collections::BTreeMap;
use std::path::Path;

use super::archive;
use crate::error::Result;

pub fn unpack(path: &Path, filename: &str) -> Result<BTreeMap<String, Vec<u8>>> {
    archive::unpack(path, filename)
}
