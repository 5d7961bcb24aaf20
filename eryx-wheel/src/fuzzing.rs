//! What the fuzzers in `fuzz/` reach beside the public API. There only with `--cfg fuzzing`; not an API.
#![allow(missing_docs, clippy::missing_errors_doc)]

use std::collections::BTreeMap;

use crate::error::Result;

/// Names and values of a file such as `METADATA`.
pub fn headers(bytes: &[u8]) -> Result<Vec<(String, String)>> {
    crate::metadata::headers(bytes)
}

/// Checks files against the `RECORD` among them.
pub fn record(path: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    crate::record::check(path, files)
}
