//! Reads the metadata of a wheel by range requests. The end of the archive says where the file is.

use std::borrow::Cow;
use std::io::{self, Read, Seek, SeekFrom};

use url::Url;

use super::http::{Http, as_stored, refused};
use super::project::ProjectFile;
use super::transfer_error::TransferError;
use crate::bounds::{DIRECTORY_BYTES, METADATA_BYTES, read};
use crate::error::{Error, Result};
use crate::wheel::directory;

/// Bytes to request first from the end of a wheel: they contain the central directory, and by convention the metadata.
const TAIL: u64 = 64 << 10;

/// Minimum size of further requests.
const PART: u64 = 32 << 10;

/// Maximum number of requests. Two or three are enough for wheels of common tools.
const MOST_PARTS: usize = 64;

/// Returns the `METADATA` of the wheel; `None` if the server does not support range requests, or the archive is broken.
/// In both cases, the caller downloads the whole file.
pub(super) fn wheel_metadata(http: &Http, url: &Url, file: &ProjectFile) -> Result<Option<Vec<u8>>> {
    let range = match file.size {
        Some(size) => format!("bytes={}-{}", size.saturating_sub(TAIL), size.saturating_sub(1)),
        None => format!("bytes=-{TAIL}"),
    };
    let Some((start, total, bytes)) = part(http, url, &range)? else { return Ok(None) };
    let mut remote = RemoteFile { http, url, total, parts: vec![(start, bytes)], position: 0, failure: None };
    let metadata = read_metadata(&mut remote);
    if let Some(error) = remote.failure {
        return Err(error);
    }
    match metadata {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) => {
            tracing::debug!(%error, file = file.filename, "cannot read the metadata with range requests");
            Ok(None)
        }
    }
}

fn read_metadata(remote: &mut RemoteFile<'_>) -> io::Result<Vec<u8>> {
    directory::check(remote).map_err(io::Error::other)?;
    let mut archive = zip::ZipArchive::new(remote)?;
    let is_metadata =
        |name: &str| name.strip_suffix(".dist-info/METADATA").is_some_and(|folder| !folder.contains('/'));
    let mut names = archive.file_names().flatten().filter(|name| is_metadata(name));
    let (Some(name), None) = (names.next().map(Cow::into_owned), names.next()) else {
        return Err(io::Error::other("not one METADATA"));
    };
    drop(names);
    // The whole wheel will give the proper error.
    read(archive.by_name(&name)?, METADATA_BYTES)?
        .ok_or_else(|| io::Error::other("its METADATA is too large"))
}

/// Requests a range. Returns its start, the total length, and the bytes; `None` if the server does not support range
/// requests.
fn part(http: &Http, url: &Url, range: &str) -> Result<Option<(u64, u64, Vec<u8>)>> {
    let mut found = None;
    http.stream(url, &[as_stored(), ("range", range.to_owned())], &mut |response| {
        match response.status {
            206 => {}
            // An unread body closes the connection.
            200 | 416 | 501 => return Ok(()),
            status => return Err(TransferError::Final(refused(status, url))),
        }
        let Some((start, total)) = response.header("content-range").and_then(content_range) else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        let limit = total.saturating_sub(start).min(4 * TAIL + METADATA_BYTES);
        response.body.take(limit).read_to_end(&mut bytes).map_err(TransferError::Connection)?;
        found = Some((start, total, bytes));
        Ok(())
    })?;
    Ok(found)
}

/// Parses start and total of `bytes 10-20/100`.
fn content_range(value: &str) -> Option<(u64, u64)> {
    let (range, total) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, total.trim().parse().ok()?))
}

/// A file on a server, of which some ranges are in memory.
struct RemoteFile<'h> {
    http: &'h Http,
    url: &'h Url,
    total: u64,
    parts: Vec<(u64, Vec<u8>)>,
    position: u64,
    /// A network failure, kept here because the zip reader would hide it.
    failure: Option<Error>,
}

impl RemoteFile<'_> {
    /// Returns the bytes in memory from the position on.
    fn here(&self) -> Option<&[u8]> {
        self.parts.iter().find_map(|(start, bytes)| {
            let skip = usize::try_from(self.position.checked_sub(*start)?).ok()?;
            bytes.get(skip..).filter(|rest| !rest.is_empty())
        })
    }
}

impl Read for RemoteFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.position >= self.total {
            return Ok(0);
        }
        if self.here().is_none() {
            // A reader that needs this much should download the whole file.
            let here: u64 = self.parts.iter().map(|(_, bytes)| bytes.len() as u64).sum();
            if here > DIRECTORY_BYTES + METADATA_BYTES || self.parts.len() >= MOST_PARTS {
                return Err(io::Error::other("its metadata is too scattered"));
            }
            let wanted = PART.max(buffer.len() as u64).min(self.total - self.position);
            let range = format!("bytes={}-{}", self.position, self.position + wanted - 1);
            match part(self.http, self.url, &range) {
                Ok(Some((start, _, bytes))) => self.parts.push((start, bytes)),
                Ok(None) => return Err(io::Error::other("the server stopped answering range requests")),
                Err(error) => {
                    self.failure = Some(error);
                    return Err(io::Error::other("the network failed"));
                }
            }
        }
        let here = self.here().ok_or_else(|| io::Error::other("the server sent another range"))?;
        let count = here.len().min(buffer.len());
        buffer[..count].copy_from_slice(&here[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for RemoteFile<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::End(offset) => (self.total, offset),
            SeekFrom::Current(offset) => (self.position, offset),
        };
        self.position = base
            .checked_add_signed(offset)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before the beginning"))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_in_answers() {
        assert_eq!(content_range("bytes 10-20/100"), Some((10, 100)));
        assert_eq!(content_range("bytes 10-20/*"), None);
        assert_eq!(content_range("bytes */100"), None);
    }
}
