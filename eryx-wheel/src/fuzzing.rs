//! Entry points for the fuzzers in `fuzz/`. They exist only with `--cfg fuzzing`, and are not part of the API.
#![allow(missing_docs, clippy::missing_errors_doc)]

use std::collections::BTreeMap;

use crate::error::Result;

/// Returns the names and values of a file such as `METADATA`.
pub fn headers(bytes: &[u8]) -> Result<Vec<(String, String)>> {
    crate::metadata::headers(bytes)
}

/// Checks files against the `RECORD` among them.
pub fn record(path: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    crate::record::check(path, files)
}
