//! The entry point for the fuzzer: items of `packages` and `constraints`.

use std::path::Path;

use super::requirement::Requirement;
use crate::error::Result;

/// Returns name, extras and target as text; `None` if the markers exclude the guest.
pub fn requirement(text: &str) -> Result<Option<String>> {
    Ok(Requirement::parse(text, Path::new("/base"))?.map(|requirement| format!("{requirement:?}")))
}

pub fn constraint(text: &str) -> Result<Option<String>> {
    Ok(Requirement::parse_constraint(text)?.map(|constraint| format!("{constraint:?}")))
}
