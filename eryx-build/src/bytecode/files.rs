//! Unpacked files of the guest.

use std::collections::BTreeMap;

use eryx_rt::__private::tree::TreeBuilder;

use crate::error::{Context as _, Result};

/// Files, by absolute guest path.
pub type GuestFiles = BTreeMap<String, Vec<u8>>;

/// Packs files into a tree.
pub(crate) fn pack<'f>(files: impl IntoIterator<Item = (&'f String, &'f Vec<u8>)>) -> Result<Vec<u8>> {
    let mut builder = TreeBuilder::new();
    for (path, content) in files {
        builder.file(path, content).context(|| "the files do not fit together")?;
    }
    Ok(builder.pack())
}
