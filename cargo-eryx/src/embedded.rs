//! The bundles in a file: an `.eryx` file is one bundle; an executable or library embeds any number.

use std::path::Path;

use eryx_build::{Error, Result};
use eryx_rt::bundle::{MAGIC, Reader, find};

/// Finds the bundles in the bytes of a file, with their offsets. Fails if the file has no bundle.
pub(crate) fn bundles_in<'a>(bytes: &'a [u8], file: &Path) -> Result<Vec<(usize, Reader<'a>)>> {
    let file = file.display();
    // For a bundle file, the error says exactly which part is wrong; in other files, the search recognises
    // only whole bundles.
    if bytes.starts_with(&MAGIC) {
        let reader = Reader::new(bytes)
            .map_err(|error| Error::new(format!("`{file}` is not a usable bundle")).because(error))?;
        return Ok(vec![(0, reader)]);
    }
    let found = find(bytes);
    if found.is_empty() {
        return Err(Error::new(format!("there is no bundle in `{file}`"))
            .help("is it the right file, and was it built without ERYX_SKIP_BUNDLE?"));
    }
    Ok(found)
}
