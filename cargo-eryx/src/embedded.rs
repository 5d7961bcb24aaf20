//! The bundles in a file: an `.eryx` file is one, an executable or library embeds some.

use std::path::Path;

use eryx_build::{Error, Result};
use eryx_rt::bundle::{MAGIC, Reader, find};

/// The bundles among the bytes of a file, with their offsets; an error if there are none.
pub(crate) fn bundles_in<'a>(bytes: &'a [u8], file: &Path) -> Result<Vec<(usize, Reader<'a>)>> {
    let file = file.display();
    // A bundle file says exactly what is wrong with it; in anything else, only whole bundles are noticed.
    if bytes.starts_with(&MAGIC) {
        let reader = Reader::new(bytes)
            .map_err(|error| Error::new(format!("`{file}` is no usable bundle")).because(error))?;
        return Ok(vec![(0, reader)]);
    }
    let found = find(bytes);
    if found.is_empty() {
        return Err(Error::new(format!("there is no bundle in `{file}`"))
            .help("is it the right file, and was it built without ERYX_SKIP_BUNDLE?"));
    }
    Ok(found)
}
