//! The lock for the single writer of a store.

use std::os::fd::OwnedFd;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, openat};
use rustix::io::Errno;

use super::error::Obstacle;
use super::folder::Folder;

const NAME: &str = "lock";

/// The lock on a root folder. Only its holder, a single thread of a single process, may change the folder's content.
/// The system releases it when the process ends, even if it is killed.
#[derive(Debug)]
pub(super) struct Lock(OwnedFd);

impl Lock {
    /// Waits for the lock.
    pub(super) fn take(root: &Folder) -> Result<Self, Obstacle> {
        let path = root.path().join(NAME);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        loop {
            let file = match openat(root.handle(), NAME, flags, Mode::RUSR | Mode::WUSR) {
                Ok(file) => file,
                Err(Errno::LOOP) => return Err(Obstacle::unsafe_path(&path, "it is a symbolic link")),
                Err(errno) => return Err(Obstacle::writing("create", &path, errno)),
            };
            wait(&file).map_err(|errno| Obstacle::writing("lock", &path, errno))?;
            // A cleaner of the temporary folder may have removed the file while this process waited. Then others lock a
            // new one.
            let ours = fstat(&file).map_err(|errno| Obstacle::writing("look at", &path, errno))?;
            if root.stat(NAME)?.is_some_and(|now| (now.st_dev, now.st_ino) == (ours.st_dev, ours.st_ino)) {
                return Ok(Self(file));
            }
        }
    }
}

fn wait(file: &OwnedFd) -> Result<(), Errno> {
    if flock(file, FlockOperation::NonBlockingLockExclusive).is_ok() {
        return Ok(());
    }
    tracing::debug!("waiting for another extraction");
    rustix::io::retry_on_intr(|| flock(file, FlockOperation::LockExclusive))
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone does not release the lock if another thread has forked a child that has not yet called exec.
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}
