//! Detects folders managed by cargo, where no lock is written.

use std::path::Path;

/// Whether cargo put the sources here: unpacked from a registry, cloned from a repository, or vendored. A lock written
/// there would stay unseen, and cargo expects such folders not to change.
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
