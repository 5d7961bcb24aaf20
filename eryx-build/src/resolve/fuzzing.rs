//! Items of `packages` and `constraints` as the fuzzer reads them.

use std::path::Path;

use super::requirement::Requirement;
use crate::error::Result;

/// Name, extras and what is wanted, as text; `None` when its markers exclude the guest.
pub fn requirement(text: &str) -> Result<Option<String>> {
    Ok(Requirement::parse(text, Path::new("/base"))?.map(|requirement| format!("{requirement:?}")))
}

pub fn constraint(text: &str) -> Result<Option<String>> {
    Ok(Requirement::parse_constraint(text)?.map(|constraint| format!("{constraint:?}")))
}
