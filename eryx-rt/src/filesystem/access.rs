//! The host's access to a session's files, by absolute path.

use std::io;

use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, DescriptorType, ErrorCode, OpenFlags};

use super::namespace::{Namespace, READ_PERMIT};
use crate::error::{Error, Result, SessionError};
use crate::executor::finish;

/// A file in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileInfo {
    /// Absolute path.
    pub path: String,
    /// Length in bytes.
    pub size: u64,
}

impl Namespace {
    pub(crate) fn read_file(&mut self, path: &str) -> Result<Vec<u8>> {
        finish(self.read_whole(path)).map_err(|code| failed(path, code))
    }

    async fn read_whole(&mut self, path: &str) -> Result<Vec<u8>, ErrorCode> {
        let how = OpenFlags::empty();
        let file = self.open_at(&Self::ROOT, relative(path)?, how, DescriptorFlags::READ, true).await?;
        let mut bytes = Vec::new();
        loop {
            let part = self.read(&file.location(), bytes.len() as u64, READ_PERMIT).await?;
            if part.is_empty() {
                return Ok(bytes);
            }
            bytes.extend(part);
        }
    }

    pub(crate) fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        finish(self.write_whole(path, bytes)).map_err(|code| failed(path, code))
    }

    async fn write_whole(&mut self, path: &str, bytes: &[u8]) -> Result<(), ErrorCode> {
        let relative = relative(path)?;
        for (end, _) in relative.match_indices('/') {
            match self.create_folder(&Self::ROOT, &relative[..end]).await {
                Ok(()) | Err(ErrorCode::Exist) => {}
                Err(error) => return Err(error),
            }
        }
        let how = OpenFlags::CREATE | OpenFlags::TRUNCATE;
        let file = self.open_at(&Self::ROOT, relative, how, DescriptorFlags::WRITE, true).await?;
        let written = match self.write(&file.location(), Some(0), bytes.to_vec()).await {
            Ok(count) if count < bytes.len() as u64 => Err(ErrorCode::InsufficientSpace),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if written.is_err() {
            // A truncated file could pass for a complete one, so it is removed.
            drop(file);
            self.unlink(&Self::ROOT, relative).await?;
        }
        written
    }

    pub(crate) fn list_files(&mut self, path: &str) -> Result<Vec<FileInfo>> {
        let mut files = Vec::new();
        let mut folders = vec![path.trim_end_matches('/').to_owned()];
        while let Some(folder) = folders.pop() {
            let listed = finish(self.list_folder(&folder, &mut files, &mut folders));
            listed.map_err(|code| failed(&folder, code))?;
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }

    /// Lists a folder. Links and devices are skipped; links are not followed.
    async fn list_folder(
        &mut self,
        folder: &str,
        files: &mut Vec<FileInfo>,
        folders: &mut Vec<String>,
    ) -> Result<(), ErrorCode> {
        let location = self.walk(&Self::ROOT, relative(if folder.is_empty() { "/" } else { folder })?)?;
        let mut listing = self.list(location.clone()).await?;
        while let Some((name, kind)) = self.next(&mut listing).await? {
            let path = format!("{folder}/{name}");
            match kind {
                DescriptorType::Directory => folders.push(path),
                DescriptorType::RegularFile => {
                    let file = self.walk(&location, &name)?;
                    let size = self.stat(&file, false).await?.size;
                    files.push(FileInfo { path, size });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn relative(path: &str) -> Result<&str, ErrorCode> {
    path.strip_prefix('/').ok_or(ErrorCode::Invalid)
}

fn failed(path: &str, code: ErrorCode) -> Error {
    use io::ErrorKind;
    let source = match code {
        ErrorCode::NoEntry => ErrorKind::NotFound.into(),
        ErrorCode::IsDirectory => ErrorKind::IsADirectory.into(),
        ErrorCode::NotDirectory => ErrorKind::NotADirectory.into(),
        ErrorCode::ReadOnly | ErrorCode::Busy => ErrorKind::ReadOnlyFilesystem.into(),
        ErrorCode::NotPermitted | ErrorCode::Access => ErrorKind::PermissionDenied.into(),
        ErrorCode::InsufficientSpace => ErrorKind::StorageFull.into(),
        ErrorCode::NameTooLong => ErrorKind::InvalidFilename.into(),
        ErrorCode::Invalid => io::Error::new(ErrorKind::InvalidInput, "it is not an absolute path"),
        code => io::Error::other(code),
    };
    SessionError::File { path: path.to_owned(), source }.into()
}
