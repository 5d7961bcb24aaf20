//! Operations on paths outside of the sandbox.
//!
//! This module enforces the mount's permission and the quota, so that a [`FileSystem`] need not.

use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags};

use super::file_system::{FileKind, FileSystem, FolderListing, Metadata, OpenMode};
use super::location::{OpenNode, OutsideHandle, OutsidePath, SharedFiles, lock};
use super::namespace::Namespace;
use super::outside::{code, identity, set_length};
use super::result::Result;

impl Namespace {
    fn file_system(&self, outside_path: &OutsidePath) -> &dyn FileSystem {
        &*self.mounts.outside[outside_path.mount].files
    }

    /// Refuses changes in a read-only mount.
    fn may_change(&self, outside_path: &OutsidePath) -> Result<()> {
        if self.mounts.outside[outside_path.mount].writable { Ok(()) } else { Err(ErrorCode::ReadOnly) }
    }

    pub(super) async fn outside_metadata(
        &self,
        outside_path: &OutsidePath,
        follow: bool,
    ) -> Result<Metadata> {
        let files = self.file_system(outside_path);
        let metadata = if follow || outside_path.slash {
            files.metadata(&outside_path.path)
        } else {
            files.link_metadata(&outside_path.path)
        };
        let metadata = metadata.await.map_err(code)?;
        if outside_path.slash && metadata.kind != FileKind::Folder {
            return Err(ErrorCode::NotDirectory);
        }
        Ok(metadata)
    }

    /// Returns the current metadata of a path, and its identity.
    pub(super) async fn outside_look(
        &self,
        outside_path: &OutsidePath,
        follow: bool,
    ) -> Result<(Metadata, u64)> {
        let metadata = self.outside_metadata(outside_path, follow).await?;
        let identity = identity(outside_path, &metadata);
        Ok((metadata, identity))
    }

    pub(super) async fn outside_open(
        &mut self,
        outside_path: OutsidePath,
        how: OpenFlags,
        flags: DescriptorFlags,
        follow: bool,
    ) -> Result<OpenNode> {
        let (creates, truncates) = (how.contains(OpenFlags::CREATE), how.contains(OpenFlags::TRUNCATE));
        let exclusive = creates && how.contains(OpenFlags::EXCLUSIVE);
        let writes = truncates || flags.contains(DescriptorFlags::WRITE);
        let (file, made) = match self.outside_metadata(&outside_path, follow && !exclusive).await {
            Ok(_) if exclusive => return Err(ErrorCode::Exist),
            Ok(Metadata { kind: FileKind::Link, .. }) => return Err(ErrorCode::Loop),
            Ok(Metadata { kind: FileKind::Folder, .. }) if writes || creates => {
                return Err(ErrorCode::IsDirectory);
            }
            Ok(metadata @ Metadata { kind: FileKind::Folder, .. }) => {
                let identity = identity(&outside_path, &metadata);
                return Ok(OpenNode::Outside(
                    Arc::new(OutsideHandle { outside_path, file: None, identity }),
                    flags,
                ));
            }
            Ok(_) if how.contains(OpenFlags::DIRECTORY) => return Err(ErrorCode::NotDirectory),
            Ok(Metadata { kind: FileKind::Other, .. }) => return Err(ErrorCode::NotPermitted),
            Ok(Metadata { kind: FileKind::File, .. }) => {
                if writes {
                    self.may_change(&outside_path)?;
                }
                let how = if writes { OpenMode::Write } else { OpenMode::Read };
                (self.file_system(&outside_path).open(&outside_path.path, how).await.map_err(code)?, false)
            }
            Err(ErrorCode::NoEntry) if creates => {
                if outside_path.slash {
                    return Err(ErrorCode::IsDirectory);
                }
                self.may_change(&outside_path)?;
                let memory = self.shared();
                lock(&memory).meter.add_outside()?;
                let made = self.file_system(&outside_path).open(&outside_path.path, OpenMode::Create).await;
                let made = made.map_err(|error| match not_made(&memory, &error) {
                    // The look-up found no file, yet the name is taken: it is a dangling link.
                    ErrorCode::Exist if !exclusive => ErrorCode::NoEntry,
                    code => code,
                });
                (made?, true)
            }
            Err(error) => return Err(error),
        };
        let metadata = file.metadata().await.map_err(code)?;
        if metadata.kind != FileKind::File {
            return Err(ErrorCode::NotPermitted);
        }
        let identity = identity(&outside_path, &metadata);
        let open = OutsideHandle { outside_path, file: Some(file), identity };
        if truncates && !made {
            set_length(&open, &self.shared(), 0).await?;
        }
        let open = Arc::new(open);
        if writes {
            self.remember(&open);
        }
        Ok(OpenNode::Outside(open, flags))
    }

    /// Remembers that a file is open for writing. Removing its name returns no quota while it is open.
    fn remember(&mut self, open: &Arc<OutsideHandle>) {
        self.written.retain(|open| open.strong_count() > 0);
        self.written.push(Arc::downgrade(open));
    }

    fn is_open(&self, outside_path: &OutsidePath, identity: u64) -> bool {
        self.written
            .iter()
            .filter_map(Weak::upgrade)
            .any(|open| (open.outside_path.mount, open.identity) == (outside_path.mount, identity))
    }

    /// Returns the bytes that removing the name at `outside_path` returns to the quota, and the file's kind.
    async fn freed(&self, outside_path: &OutsidePath) -> Result<(FileKind, u64)> {
        let (metadata, identity) = self.outside_look(outside_path, false).await?;
        let last =
            metadata.kind == FileKind::File && metadata.links <= 1 && !self.is_open(outside_path, identity);
        Ok((metadata.kind, if last { metadata.size } else { 0 }))
    }

    pub(super) async fn outside_create_folder(&mut self, outside_path: &OutsidePath) -> Result<()> {
        match self.outside_metadata(outside_path, false).await {
            Ok(_) => return Err(ErrorCode::Exist),
            Err(ErrorCode::NoEntry) => {}
            Err(error) => return Err(error),
        }
        self.may_change(outside_path)?;
        let memory = self.shared();
        lock(&memory).meter.add_outside()?;
        let made = self.file_system(outside_path).create_folder(&outside_path.path).await;
        made.map_err(|error| not_made(&memory, &error))
    }

    pub(super) async fn outside_unlink(&mut self, outside_path: &OutsidePath) -> Result<()> {
        let (kind, freed) = self.freed(outside_path).await?;
        if kind == FileKind::Folder {
            return Err(ErrorCode::IsDirectory);
        }
        self.may_change(outside_path)?;
        self.file_system(outside_path).remove_file(&outside_path.path).await.map_err(code)?;
        lock(&self.shared()).meter.remove_outside(freed);
        Ok(())
    }

    pub(super) async fn outside_remove_folder(&mut self, outside_path: &OutsidePath) -> Result<()> {
        if self.outside_metadata(outside_path, false).await?.kind != FileKind::Folder {
            return Err(ErrorCode::NotDirectory);
        }
        self.may_change(outside_path)?;
        self.file_system(outside_path).remove_folder(&outside_path.path).await.map_err(code)?;
        lock(&self.shared()).meter.remove_outside(0);
        Ok(())
    }

    pub(super) async fn outside_rename(&mut self, from: &OutsidePath, to: &OutsidePath) -> Result<()> {
        if from.mount != to.mount {
            return Err(ErrorCode::CrossDevice);
        }
        let (moved, moved_identity) = self.outside_look(from, false).await?;
        if to.slash && moved.kind != FileKind::Folder {
            return Err(ErrorCode::NotDirectory);
        }
        let replaced = match self.outside_look(&OutsidePath { slash: false, ..to.clone() }, false).await {
            // Both names are the same file, so the rename removes no file.
            Ok((_, identity)) if identity == moved_identity => None,
            Ok(_) => Some(self.freed(&OutsidePath { slash: false, ..to.clone() }).await?.1),
            Err(ErrorCode::NoEntry) => None,
            Err(error) => return Err(error),
        };
        self.may_change(from)?;
        self.file_system(from).rename(&from.path, &to.path).await.map_err(code)?;
        if let Some(freed) = replaced {
            lock(&self.shared()).meter.remove_outside(freed);
        }
        Ok(())
    }

    /// Refuses to create a link, because other programs could follow one that leads out of the folder.
    pub(super) async fn outside_link(&self, outside_path: &OutsidePath) -> Result<()> {
        match self.outside_metadata(outside_path, false).await {
            Ok(_) => Err(ErrorCode::Exist),
            Err(ErrorCode::NoEntry) => self.may_change(outside_path).and(Err(ErrorCode::NotPermitted)),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn outside_read_link(&self, outside_path: &OutsidePath) -> Result<String> {
        self.file_system(outside_path).read_link(&outside_path.path).await.map_err(code)
    }

    pub(super) async fn outside_set_times(
        &self,
        outside_path: &OutsidePath,
        accessed: Option<Duration>,
        modified: Option<Duration>,
    ) -> Result<()> {
        self.outside_metadata(outside_path, true).await?;
        self.may_change(outside_path)?;
        let time = |time: Option<Duration>| {
            time.map(|time| UNIX_EPOCH.checked_add(time).ok_or(ErrorCode::Overflow)).transpose()
        };
        let (accessed, modified): (Option<SystemTime>, _) = (time(accessed)?, time(modified)?);
        self.file_system(outside_path).set_times(&outside_path.path, accessed, modified).await.map_err(code)
    }

    pub(super) async fn outside_list(&self, outside_path: &OutsidePath) -> Result<Box<dyn FolderListing>> {
        self.file_system(outside_path).list_in_parts(&outside_path.path).await.map_err(code)
    }
}

/// Returns the quota that was counted for a file or folder whose creation failed.
fn not_made(memory: &SharedFiles, error: &io::Error) -> ErrorCode {
    lock(memory).meter.remove_outside(0);
    code(error)
}
