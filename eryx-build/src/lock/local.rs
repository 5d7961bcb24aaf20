//! Compares the lock with files on this machine.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::digest;
use crate::paths;
use crate::pin::{Pin, PinSource};

/// The files of a source tree that can state dependencies.
const METADATA: [&str; 3] = ["pyproject.toml", "setup.cfg", "setup.py"];

/// Returns a hash of the files that state the dependencies of a source tree; `None` if there are no such files.
pub(super) fn metadata_hash(dir: &Path) -> Option<String> {
    let mut hasher = Sha256::new();
    let mut found = false;
    for name in METADATA {
        if let Ok(bytes) = fs_err::read(dir.join(name)) {
            found = true;
            hasher.update(name.as_bytes());
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
    }
    found.then(|| digest::hex(&hasher.finalize()))
}

/// Returns how a local file of a pin has changed since it was locked; completes «not up to date: …».
pub(super) fn difference(pin: &Pin, dir: &Path, metadata: Option<&String>) -> Option<String> {
    let changed = |path: &Path, how: &str| Some(format!("`{}` {how}", paths::relative(path, dir)));
    match &pin.source {
        PinSource::Path(path, file) => match fs_err::File::open(path).map(digest::sha256_of) {
            Ok(Ok((found, _))) if found == file.sha256 => None,
            Ok(_) => changed(path, "has changed"),
            Err(_) => changed(path, "cannot be opened"),
        },
        PinSource::Folder(path) if metadata_hash(path).as_ref() != metadata => {
            changed(path, "has other dependencies now")
        }
        PinSource::Folder(_) | PinSource::Index(_) | PinSource::Url(..) => None,
    }
}
