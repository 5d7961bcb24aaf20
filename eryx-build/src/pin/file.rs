//! A file of a pin.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::digest;
use crate::error::{Context as _, Result};

/// A file with its hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PinnedFile {
    /// File name.
    pub filename: String,
    /// Size in bytes, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
}

impl PinnedFile {
    /// Hashes a file on this machine.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn here(path: &Path) -> Result<Self> {
        let filename = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let kind = if filename.ends_with(".whl") { "wheel" } else { "file" };
        let file = fs_err::File::open(path)
            .context(|| format!("cannot open the {kind} `{filename}`"))
            .map_err(|error| error.help("check the path; it starts at the folder of the declaration"))?;
        let (sha256, size) =
            digest::sha256_of(file).context(|| format!("cannot read `{}`", path.display()))?;
        Ok(Self { filename, size: Some(size), sha256 })
    }
}
