//! Files of `find-links` folders, which are on this machine.

use std::path::PathBuf;

use url::Url;

use crate::error::{Context as _, Error, Result};
use crate::index::ProjectFile;
use crate::pin::PinnedFile;

/// Returns the path of a file in a folder on this machine.
pub(super) fn path_of(file: &ProjectFile) -> Option<PathBuf> {
    file.url.strip_prefix("file:")?;
    Url::parse(&file.url).ok()?.to_file_path().ok()
}

/// Returns the pinned file of a choice. A file on this machine is hashed now.
pub(super) fn pinned(file: &ProjectFile) -> Result<PinnedFile> {
    if let Some(sha256) = &file.sha256 {
        return Ok(PinnedFile { filename: file.filename.clone(), size: file.size, sha256: sha256.clone() });
    }
    let path = path_of(file).ok_or_else(|| Error::new(format!("`{}` has no hash", file.filename)))?;
    PinnedFile::here(&path).context(|| format!("cannot read `{}` of find-links", file.filename))
}
