//! Operations that change a name: open, create, move and remove.

use std::time::Duration;

use bytes::Bytes;
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags};

use super::content::FileContent;
use super::location::{FileLocation, OpenNode, OutsidePath, lock};
use super::memory::NodeBody;
use super::namespace::Namespace;
use super::outside;
use super::result::Result;

impl Namespace {
    /// Splits a path into the folder of its last name and that name. Ignores trailing slashes.
    fn parent<'p>(&mut self, from: &FileLocation, path: &'p str) -> Result<(FileLocation, &'p str)> {
        let trimmed = path.trim_end_matches('/');
        let (folders, name) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
        if path.starts_with('/') {
            return Err(ErrorCode::NotPermitted);
        }
        match name {
            "" | "." => return Err(ErrorCode::Invalid),
            ".." => return Err(ErrorCode::NotEmpty),
            _ => {}
        }
        let folder = self.walk(from, folders)?;
        if self.is_folder(&folder)? { Ok((folder, name)) } else { Err(ErrorCode::NotDirectory) }
    }

    /// Returns the path if its folder is outside of the sandbox. A mount point is not outside: its name belongs to the
    /// folder that it is mounted in.
    fn outside_name(&mut self, from: &FileLocation, path: &str) -> Result<Option<OutsidePath>> {
        let mut outside_path = match self.parent(from, path) {
            Ok((FileLocation::Outside(folder), name)) => folder.child(name)?,
            Ok((FileLocation::Opened(folder), name)) => folder.outside_path.child(name)?,
            // The caller handles the path as one in memory and reports the error.
            Ok(_) | Err(_) => return Ok(None),
        };
        outside_path.slash = path.ends_with('/');
        Ok(Some(outside_path))
    }

    /// Resolves a path for a change: the folder in memory, the last name, and the location that has this name now, if
    /// any.
    fn changing<'p>(
        &mut self,
        from: &FileLocation,
        path: &'p str,
    ) -> Result<(u32, &'p str, Option<FileLocation>)> {
        let (folder, name) = self.parent(from, path)?;
        let there = match self.child(&folder, name) {
            Ok(location) => Some(location),
            Err(ErrorCode::NoEntry) => None,
            Err(error) => return Err(error),
        };
        match (&folder, &there) {
            (FileLocation::Memory(folder), _) if self.writable(*folder)? => Ok((*folder, name, there)),
            // The folder of a mount belongs to the folder that it is mounted in.
            (FileLocation::Joint(_), None | Some(FileLocation::Packed(_))) => Err(ErrorCode::ReadOnly),
            (FileLocation::Joint(_), Some(_)) => Err(ErrorCode::Busy),
            _ => Err(ErrorCode::ReadOnly),
        }
    }

    fn writable(&mut self, number: u32) -> Result<bool> {
        let mount = lock(&self.shared()).node(number)?.mount;
        Ok(self.mounts.memory[mount].writable)
    }

    /// Opens the file or folder at a path. With `follow`, a link at the end of the path is followed.
    pub(super) async fn open_at(
        &mut self,
        from: &FileLocation,
        path: &str,
        how: OpenFlags,
        flags: DescriptorFlags,
        follow: bool,
    ) -> Result<OpenNode> {
        let (creates, truncates) = (how.contains(OpenFlags::CREATE), how.contains(OpenFlags::TRUNCATE));
        if how.contains(OpenFlags::DIRECTORY) && (creates || truncates) {
            return Err(ErrorCode::Invalid);
        }
        let location = match self.walk(from, path) {
            Ok(FileLocation::Outside(outside_path)) => {
                return self.outside_open(outside_path, how, flags, follow).await;
            }
            Ok(_) if creates && how.contains(OpenFlags::EXCLUSIVE) => return Err(ErrorCode::Exist),
            Ok(location) => location,
            Err(ErrorCode::NoEntry) if creates => {
                if path.ends_with('/') {
                    return Err(ErrorCode::IsDirectory);
                }
                FileLocation::Memory(self.create(from, path, NodeBody::File(FileContent::default()))?)
            }
            Err(error) => return Err(error),
        };
        let writes = flags.contains(DescriptorFlags::WRITE) || truncates;
        if self.is_folder(&location)? {
            if writes || creates {
                return Err(ErrorCode::IsDirectory);
            }
        } else if how.contains(OpenFlags::DIRECTORY) {
            return Err(ErrorCode::NotDirectory);
        } else if writes {
            match location {
                FileLocation::Memory(number) if self.writable(number)? => {
                    if truncates {
                        let now = self.clocks.wall();
                        lock(&self.shared()).set_length(number, 0, now)?;
                    }
                }
                FileLocation::Null => {}
                // Opening a folder with MUTATE_DIRECTORY succeeds, so that it can be listed. A later change in it
                // fails.
                _ => return Err(ErrorCode::ReadOnly),
            }
        }
        self.open(&location, flags)
    }

    fn create(&mut self, from: &FileLocation, path: &str, body: NodeBody) -> Result<u32> {
        let (folder, name, _) = self.changing(from, path)?;
        let now = self.clocks.wall();
        lock(&self.shared()).create(folder, name, body, now)
    }

    pub(super) async fn create_folder(&mut self, from: &FileLocation, path: &str) -> Result<()> {
        // `os.makedirs(..., exist_ok=True)` relies on `EEXIST` for a folder that exists, also in a read-only mount.
        match self.walk(from, path) {
            Ok(FileLocation::Outside(outside_path)) => {
                self.outside_create_folder(&OutsidePath { slash: false, ..outside_path }).await
            }
            Ok(_) => Err(ErrorCode::Exist),
            Err(ErrorCode::NoEntry) => self.create(from, path, NodeBody::folder()).map(drop),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn unlink(&mut self, from: &FileLocation, path: &str) -> Result<()> {
        if let Some(outside_path) = self.outside_name(from, path)? {
            return self.outside_unlink(&outside_path).await;
        }
        let location = self.walk(from, path)?;
        if self.is_folder(&location)? {
            return Err(ErrorCode::IsDirectory);
        }
        let (folder, name, _) = self.changing(from, path)?;
        let now = self.clocks.wall();
        lock(&self.shared()).unlink(folder, name, now)
    }

    pub(super) async fn remove_folder(&mut self, from: &FileLocation, path: &str) -> Result<()> {
        if let Some(outside_path) = self.outside_name(from, path)? {
            return self.outside_remove_folder(&OutsidePath { slash: false, ..outside_path }).await;
        }
        let location = self.walk(from, path)?;
        if !self.is_folder(&location)? {
            return Err(ErrorCode::NotDirectory);
        }
        let (folder, name, _) = self.changing(from, path)?;
        let now = self.clocks.wall();
        lock(&self.shared()).remove_folder(folder, name, now)
    }

    /// Returns the number of the mount that a node in memory is in; `None` for all other locations.
    fn mount(&mut self, location: &FileLocation) -> Result<Option<usize>> {
        match location {
            FileLocation::Memory(number) => Ok(Some(lock(&self.shared()).node(*number)?.mount)),
            _ => Ok(None),
        }
    }

    pub(super) async fn rename(
        &mut self,
        (from, old): (&FileLocation, &str),
        (to, new): (&FileLocation, &str),
    ) -> Result<()> {
        match (self.outside_name(from, old)?, self.outside_name(to, new)?) {
            (Some(old), Some(new)) => return self.outside_rename(&old, &new).await,
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) => return Err(ErrorCode::CrossDevice),
        }
        let moved = self.walk(from, old)?;
        if new.ends_with('/') && !self.is_folder(&moved)? {
            return Err(ErrorCode::NotDirectory);
        }
        let source = self.parent(from, old)?.0;
        let target = self.parent(to, new)?.0;
        if self.mount(&source)? != self.mount(&target)? {
            return Err(ErrorCode::CrossDevice);
        }
        let (from, old, _) = self.changing(from, old)?;
        let (to, new, _) = self.changing(to, new)?;
        let now = self.clocks.wall();
        lock(&self.shared()).rename((from, old), (to, new), now)
    }

    /// Refuses to create a link, like a file system without links.
    pub(super) async fn link(&mut self, from: &FileLocation, path: &str) -> Result<()> {
        if let Some(outside_path) = self.outside_name(from, path)? {
            return self.outside_link(&outside_path).await;
        }
        match self.changing(from, path)? {
            (.., Some(_)) => Err(ErrorCode::Exist),
            (.., None) => Err(ErrorCode::NotPermitted),
        }
    }

    pub(super) async fn set_times(
        &mut self,
        location: &FileLocation,
        accessed: Option<Duration>,
        modified: Option<Duration>,
    ) -> Result<()> {
        match location {
            FileLocation::Memory(number) if self.writable(*number)? => {
                let now = self.clocks.wall();
                lock(&self.shared()).set_times(*number, accessed, modified, now)
            }
            FileLocation::Outside(outside_path) => {
                self.outside_set_times(outside_path, accessed, modified).await
            }
            FileLocation::Opened(open) => {
                self.outside_set_times(&open.outside_path, accessed, modified).await
            }
            _ => Err(ErrorCode::ReadOnly),
        }
    }

    pub(super) async fn set_length(&mut self, location: &FileLocation, length: u64) -> Result<()> {
        match location {
            FileLocation::Memory(number) => {
                let now = self.clocks.wall();
                lock(&self.shared()).set_length(*number, length, now)
            }
            FileLocation::Opened(open) => outside::set_length(open, &self.shared(), length).await,
            _ => Err(ErrorCode::ReadOnly),
        }
    }

    /// Writes as many of `bytes` as the quota has room for, at `offset` or at the end, and returns their number. Fails
    /// if there is no room at all.
    pub(super) async fn write(
        &mut self,
        location: &FileLocation,
        offset: Option<u64>,
        bytes: Vec<u8>,
    ) -> Result<u64> {
        match location {
            FileLocation::Memory(number) => {
                let now = self.clocks.wall();
                let memory = self.shared();
                let memory = &mut lock(&memory);
                let length = bytes.len() as u64;
                let count = memory.room(*number, offset)?.clamp(1, length.max(1)).min(length);
                memory.write(*number, offset, &bytes[..count as usize], now)?;
                Ok(count)
            }
            FileLocation::Opened(open) => {
                let count = outside::write(open, &self.shared(), offset, Bytes::from(bytes)).await?;
                Ok(count as u64)
            }
            FileLocation::Null => Ok(bytes.len() as u64),
            _ => Err(ErrorCode::ReadOnly),
        }
    }
}
