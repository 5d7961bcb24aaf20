//! Folders that cargo made, in which no lock is written.

use std::path::Path;

/// Whether cargo put the sources here: unpacked from a registry, cloned from a repository, or vendored. Nobody would
/// see a lock that is written there, and cargo takes such folders for unchanging.
pub(super) fn is_cargos(dir: &Path) -> bool {
    let marked =
        |dir: &Path| [".cargo-ok", ".cargo-checksum.json"].iter().any(|name| dir.join(name).exists());
    dir.ancestors().any(marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_folders_are_recognised() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("crate/inner");
        fs_err::create_dir_all(&inner).unwrap();
        assert!(!is_cargos(&inner));
        fs_err::write(dir.path().join("crate/.cargo-ok"), "").unwrap();
        assert!(is_cargos(&inner));
    }
}
