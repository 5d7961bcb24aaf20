//! Files in and out for the host, by absolute path.

use std::io;

use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, DescriptorType, ErrorCode, OpenFlags};

use super::namespace::{Namespace, READ_PERMIT};
use crate::{Error, Result};

/// A file that a session has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileInfo {
    /// Its absolute path.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
}

impl Namespace {
    pub(crate) fn read_file(&mut self, path: &str) -> Result<Vec<u8>> {
        let bytes = relative(path).and_then(|relative| {
            let file = self.walk(Self::ROOT, relative)?;
            let mut bytes = Vec::new();
            loop {
                let part = self.read(file, bytes.len() as u64, READ_PERMIT)?;
                if part.is_empty() {
                    return Ok(bytes);
                }
                bytes.extend(part);
            }
        });
        bytes.map_err(|code| failed(path, code))
    }

    pub(crate) fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let written = relative(path).and_then(|relative| {
            for (end, _) in relative.match_indices('/') {
                match self.create_folder(Self::ROOT, &relative[..end]) {
                    Ok(()) | Err(ErrorCode::Exist) => {}
                    Err(error) => return Err(error),
                }
            }
            let how = OpenFlags::CREATE | OpenFlags::TRUNCATE;
            let file = self.open_at(Self::ROOT, relative, how, DescriptorFlags::WRITE)?;
            let written = self.write(file.place(), Some(0), bytes).map(drop);
            if written.is_err() {
                // Half a file would look like a whole one.
                drop(file);
                self.unlink(Self::ROOT, relative)?;
            }
            written
        });
        written.map_err(|code| failed(path, code))
    }

    pub(crate) fn list_files(&mut self, path: &str) -> Result<Vec<FileInfo>> {
        let mut files = Vec::new();
        let mut folders = vec![path.trim_end_matches('/').to_owned()];
        while let Some(folder) = folders.pop() {
            let listed = relative(if folder.is_empty() { "/" } else { &folder }).and_then(|relative| {
                let place = self.walk(Self::ROOT, relative)?;
                let mut listing = self.list(place)?;
                while let Some((name, is_folder)) = self.next(&mut listing)? {
                    let path = format!("{folder}/{name}");
                    if is_folder {
                        folders.push(path);
                    } else {
                        let file = self.walk(place, &name)?;
                        let stat = self.stat(file)?;
                        // Devices are no files.
                        if stat.type_ == DescriptorType::RegularFile {
                            files.push(FileInfo { path, size: stat.size });
                        }
                    }
                }
                Ok(())
            });
            listed.map_err(|code| failed(&folder, code))?;
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }
}

fn relative(path: &str) -> Result<&str, ErrorCode> {
    path.strip_prefix('/').ok_or(ErrorCode::Invalid)
}

fn failed(path: &str, code: ErrorCode) -> Error {
    use io::ErrorKind as Kind;
    let source = match code {
        ErrorCode::NoEntry => Kind::NotFound.into(),
        ErrorCode::IsDirectory => Kind::IsADirectory.into(),
        ErrorCode::NotDirectory => Kind::NotADirectory.into(),
        ErrorCode::ReadOnly | ErrorCode::Busy => Kind::ReadOnlyFilesystem.into(),
        ErrorCode::InsufficientSpace => Kind::StorageFull.into(),
        ErrorCode::NameTooLong => Kind::InvalidFilename.into(),
        ErrorCode::Invalid => io::Error::new(Kind::InvalidInput, "it is not an absolute path"),
        code => io::Error::other(code),
    };
    Error::File { path: path.to_owned(), source }
}
