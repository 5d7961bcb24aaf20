//! The files of a source tree.

use std::collections::BTreeMap;

/// Content by path relative to the source's top folder.
pub(crate) type SourceFiles = BTreeMap<String, Vec<u8>>;
