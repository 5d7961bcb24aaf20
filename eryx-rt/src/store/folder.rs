//! Folders that are checked through their handles, and files that are opened relative to them.

use std::ffi::CString;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, fstatvfs, mkdirat, openat, statat, unlinkat,
};
use rustix::io::Errno;

use super::error::{Obstacle, StoreError, UnusableReason};

/// The access of other users to a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FolderAccess {
    /// No access: mode 0700.
    Private,
    /// No access: mode 0700. The folder has a well-known name in the folder for temporary files, so another user may
    /// have taken it.
    Temporary,
    /// Others may read but not write, because the user chose the folder.
    Chosen,
}

/// An open folder that satisfies the store's rules.
#[derive(Debug)]
pub(super) struct Folder {
    handle: OwnedFd,
    // For messages only; the path is not opened again.
    path: PathBuf,
}

impl Folder {
    /// Opens a root folder; `None` if it does not exist.
    pub(super) fn open(path: &Path, access: FolderAccess) -> Result<Option<Self>, Obstacle> {
        open_at(CWD, path, path.to_owned(), access)
    }

    /// Opens a root folder, and creates it if needed. Creates parents only for a chosen folder: if the folder for
    /// temporary files is missing, that is intentional.
    pub(super) fn create(path: &Path, access: FolderAccess) -> Result<Self, Obstacle> {
        if access == FolderAccess::Chosen
            && let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty())
        {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(parent)
                .map_err(|error| Obstacle::writing_std("create", parent, error))?;
        }
        create_at(CWD, path, path, access)
    }

    /// Opens a folder in this one; `None` if it does not exist.
    pub(super) fn subfolder(&self, name: &str) -> Result<Option<Self>, Obstacle> {
        open_at(self.handle.as_fd(), Path::new(name), self.path.join(name), FolderAccess::Private)
    }

    /// Opens a folder in this one, and creates it if needed.
    pub(super) fn create_subfolder(&self, name: &str) -> Result<Self, Obstacle> {
        create_at(self.handle.as_fd(), Path::new(name), &self.path.join(name), FolderAccess::Private)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn handle(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }

    /// Checks that code can be mapped from this disk, and that it has `needed` free bytes.
    ///
    /// The check of the free bytes is not exact: writing may still fail.
    pub(super) fn check_mount(&self, needed: u64) -> Result<(), Obstacle> {
        // A system without this information does not forbid mapping.
        let Ok(mount) = fstatvfs(&self.handle) else { return Ok(()) };
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if mount.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC) {
            return Err(Obstacle::Unusable { path: self.path.clone(), why: UnusableReason::NoExec });
        }
        // Disks that do not count their blocks report zero. `f_bfree` includes blocks that are reserved for root, so
        // `needed` bytes do not fit for any user if it is too low.
        if mount.f_blocks > 0 && mount.f_bfree.saturating_mul(mount.f_frsize) < needed {
            return Err(Obstacle::Full { path: self.path.clone() });
        }
        Ok(())
    }

    /// Opens a file for reading. Checks on the handle that other users cannot have changed it.
    ///
    /// The error is for the log: a file that fails the check counts as missing.
    pub(super) fn open_file(&self, name: &str) -> Result<(File, Stat), String> {
        // Without O_NONBLOCK, opening a FIFO in the place of the file would block.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = openat(&self.handle, name, flags, Mode::empty())
            .map_err(|errno| format!("{name}: {}", io::Error::from(errno)))?;
        let stat = fstat(&file).map_err(|errno| format!("{name}: {}", io::Error::from(errno)))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(format!("{name} is not a regular file"));
        }
        if stat.st_uid != rustix::process::geteuid().as_raw() {
            return Err(format!("{name} belongs to user {}", stat.st_uid));
        }
        if Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH) {
            return Err(format!("{name} can be written by others"));
        }
        if stat.st_nlink != 1 {
            return Err(format!("{name} has {} links", stat.st_nlink));
        }
        Ok((File::from(file), stat))
    }

    /// Returns the names of all entries.
    pub(super) fn names(&self) -> Result<Vec<CString>, Obstacle> {
        let list = || -> Result<Vec<CString>, Errno> {
            let mut names = Vec::new();
            for entry in Dir::read_from(&self.handle)? {
                let entry = entry?;
                if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                    names.push(entry.file_name().to_owned());
                }
            }
            Ok(names)
        };
        list().map_err(|errno| self.io_error("list", errno))
    }

    /// Returns the metadata at `name` without following links; `None` if the name is free.
    pub(super) fn stat(&self, name: impl rustix::path::Arg) -> Result<Option<Stat>, Obstacle> {
        match statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.io_error("look at files in", errno)),
        }
    }

    /// Removes a file. A missing file is not an error.
    pub(super) fn unlink(&self, name: impl rustix::path::Arg) -> Result<(), Obstacle> {
        self.remove(name, AtFlags::empty())
    }

    /// Removes an empty folder. A missing folder is not an error.
    pub(super) fn remove_subfolder(&self, name: &str) -> Result<(), Obstacle> {
        self.remove(name, AtFlags::REMOVEDIR)
    }

    fn remove(&self, name: impl rustix::path::Arg, flags: AtFlags) -> Result<(), Obstacle> {
        match unlinkat(&self.handle, name, flags) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.io_error("remove files from", errno)),
        }
    }

    fn io_error(&self, action: &'static str, errno: Errno) -> Obstacle {
        Obstacle::Error(StoreError::Io { action, path: self.path.clone(), source: errno.into() })
    }
}

fn create_at(
    parent: BorrowedFd<'_>,
    name: &Path,
    path: &Path,
    access: FolderAccess,
) -> Result<Folder, Obstacle> {
    match mkdirat(parent, name, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        // A read-only disk may report this even if the folder exists, so opening decides.
        Err(errno) => {
            return match open_at(parent, name, path.to_owned(), access)? {
                Some(folder) => Ok(folder),
                None => Err(Obstacle::writing("create", path, errno)),
            };
        }
    }
    // Another process removed the folder at once, for example a cleaner of the temporary folder.
    open_at(parent, name, path.to_owned(), access)?
        .ok_or_else(|| Obstacle::writing("open", path, Errno::NOENT))
}

fn open_at(
    parent: BorrowedFd<'_>,
    name: &Path,
    path: PathBuf,
    access: FolderAccess,
) -> Result<Option<Folder>, Obstacle> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let handle = match openat(parent, name, flags, Mode::empty()) {
        Ok(handle) => handle,
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => {
            // The error number alone is ambiguous: a link gives ENOTDIR, as does a missing parent, and another user's
            // folder gives EACCES, as does an inaccessible parent.
            if let Ok(stat) = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
                check(&stat, &path, access)?;
            }
            return Err(Obstacle::writing("open", &path, errno));
        }
    };
    let stat = fstat(&handle).map_err(|errno| Obstacle::writing("look at", &path, errno))?;
    check(&stat, &path, access)?;
    Ok(Some(Folder { handle, path }))
}

/// Checks the rules for folders.
fn check(stat: &Stat, path: &Path, access: FolderAccess) -> Result<(), Obstacle> {
    let us = rustix::process::geteuid().as_raw();
    if access == FolderAccess::Temporary && stat.st_uid != us {
        return Err(Obstacle::Unusable {
            path: path.to_owned(),
            why: UnusableReason::Foreign { owner: stat.st_uid },
        });
    }
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => {}
        FileType::Symlink => return Err(Obstacle::unsafe_path(path, "it is a symbolic link")),
        _ => return Err(Obstacle::unsafe_path(path, "it is not a folder")),
    }
    if stat.st_uid != us {
        let why = format!("it belongs to user {}, and this process runs as user {us}", stat.st_uid);
        return Err(Obstacle::unsafe_path(path, why));
    }
    let mode = Mode::from_raw_mode(stat.st_mode);
    let (forbidden, wanted) = match access {
        FolderAccess::Private | FolderAccess::Temporary => {
            (Mode::RWXG | Mode::RWXO, "only its owner may have access (`chmod 700`)")
        }
        FolderAccess::Chosen => (Mode::WGRP | Mode::WOTH, "only its owner may write to it (`chmod go-w`)"),
    };
    if mode.intersects(forbidden) {
        return Err(Obstacle::unsafe_path(path, format!("its mode is {:04o}, and {wanted}", mode.bits())));
    }
    Ok(())
}
