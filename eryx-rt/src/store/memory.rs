//! Extraction to memory, for machines without a disk from which code can be mapped.

use super::error::StoreError;
use super::extracted::ExtractedFiles;
use crate::bundle::Reader;

/// Decodes the sections into memory files, and seals them against any change.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn extract(bundle: &Reader<'_>) -> Result<ExtractedFiles, StoreError> {
    use super::extracted::Origin;

    let [code, tree, image] = super::extract::in_parallel(|kind, _| linux::sealed_section(bundle, kind));
    Ok(ExtractedFiles { code: code?, tree: tree?, image: image?, origin: Origin::Memory, folder: None })
}

/// Returns an error: other systems have no sealed memory files.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn extract(_: &Reader<'_>) -> Result<ExtractedFiles, StoreError> {
    Err(StoreError::Memory(std::io::ErrorKind::Unsupported.into()))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::fs::File;
    use std::io::{ErrorKind, Seek};
    use std::os::fd::OwnedFd;

    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use rustix::io::Errno;

    use crate::bundle::{FormatError, Reader, SectionKind};
    use crate::file_size::without_signal;
    use crate::store::StoreError;
    use crate::store::error::Obstacle;

    pub(super) fn sealed_section(bundle: &Reader<'_>, kind: SectionKind) -> Result<File, StoreError> {
        let mut file = File::from(create(kind).map_err(|errno| StoreError::Memory(errno.into()))?);
        without_signal(|| bundle.copy_section(kind, &mut file)).map_err(|error| match error {
            FormatError::Write { source, .. } if source.kind() == ErrorKind::FileTooLarge => {
                Obstacle::TooLarge.into_error()
            }
            FormatError::Write { source, .. } => StoreError::Memory(source),
            error => error.into(),
        })?;
        file.rewind().map_err(StoreError::Memory)?;
        let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        fcntl_add_seals(&file, seals).map_err(|errno| StoreError::Memory(errno.into()))?;
        Ok(file)
    }

    fn create(kind: SectionKind) -> Result<OwnedFd, Errno> {
        // The name is visible in /proc/PID/maps.
        let name = format!("eryx-{kind}");
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        // NOEXEC_SEAL forbids executing the file as a program, but not mapping it as code. Hardened systems
        // (`vm.memfd_noexec=2`) require it, and kernels before 6.3 do not know it.
        match memfd_create(&*name, flags | MemfdFlags::NOEXEC_SEAL) {
            Err(Errno::INVAL) => memfd_create(&*name, flags),
            result => result,
        }
    }
}
