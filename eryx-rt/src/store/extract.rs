//! Writes the sections of a bundle to disk, so that only complete and checked files get their final names.

use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{Mode, OFlags, Stat, fchmod, fstat, openat, renameat};
use rustix::io::Errno;

use super::error::{Obstacle, StoreError};
use super::folder::Folder;
use super::parts::PARTS;
use super::stamp;
use crate::bundle::{FormatError, Reader, SectionKind};
use crate::file_size::without_signal;

const TEMPORARY: &str = ".tmp-";

/// Extracts the bundle into its folder, and replaces older files. The caller holds the lock of the store.
pub(super) fn extract(folder: &Folder, bundle: &Reader<'_>) -> Result<[File; 3], Obstacle> {
    sweep(folder)?;
    let needed =
        PARTS.iter().filter_map(|(kind, _)| bundle.section(*kind)).map(|section| section.raw_length).sum();
    folder.check_mount(needed)?;

    let [code, tree, image] = in_parallel(|kind, name| Ok((name, write_section(folder, bundle, kind)?)));
    let files = publish(folder, bundle, [code?, tree?, image?]);
    if files.is_err() {
        // Without a stamp the files are useless, and the disk may be full.
        for name in PARTS.iter().map(|(_, name)| *name).chain([stamp::NAME]) {
            let _ = folder.unlink(name);
        }
    }
    files
}

/// Gives the files their final names, and writes the stamp.
fn publish(
    folder: &Folder,
    bundle: &Reader<'_>,
    written: [(&'static str, TemporaryFile<'_>); 3],
) -> Result<[File; 3], Obstacle> {
    let [code, tree, image] = written.map(|(name, temporary)| temporary.publish(name));
    let ((code, code_stat), (tree, tree_stat), (image, image_stat)) = (code?, tree?, image?);
    // Neither the stamp nor the folder is synced. If a crash loses or tears the stamp, or loses a rename, the stamp
    // does not match, and the bundle is extracted again. The data of the files, which the stamp describes, are on disk
    // by now.
    let mut stamp = TemporaryFile::create(folder)?;
    let text = stamp::text(bundle, &[code_stat, tree_stat, image_stat]);
    without_signal(|| stamp.file.write_all(text.as_bytes()))
        .map_err(|error| Obstacle::writing_std("write to", folder.path(), error))?;
    stamp.publish(stamp::NAME)?;
    Ok([code, tree, image])
}

/// Removes files that killed processes left half-written. The holder of the lock is the only writer, so all such files
/// are stale.
fn sweep(folder: &Folder) -> Result<(), Obstacle> {
    for name in folder.names()? {
        if name.to_bytes().starts_with(TEMPORARY.as_bytes()) {
            folder.unlink(&*name)?;
        }
    }
    Ok(())
}

/// Runs the work for all of [`PARTS`] in parallel; decoding and hashing keep a processor busy each.
pub(super) fn in_parallel<T: Send>(work: impl Fn(SectionKind, &'static str) -> T + Sync) -> [T; 3] {
    let work = &work;
    std::thread::scope(|scope| {
        let start = |(kind, name): (SectionKind, &'static str)| {
            let thread = std::thread::Builder::new().name("eryx-extract".into());
            // If the system refuses another thread, the work is done on this one.
            thread.spawn_scoped(scope, move || work(kind, name)).map_err(|_| work(kind, name))
        };
        // The code is the longest part, so this thread does it.
        let [first, others @ ..] = PARTS;
        let others = others.map(start);
        let first = work(first.0, first.1);
        let [second, third] = others.map(|other| match other {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(done) => done,
        });
        [first, second, third]
    })
}

/// Decodes a section into a temporary file, checks it and syncs it to disk.
fn write_section<'a>(
    folder: &'a Folder,
    bundle: &Reader<'_>,
    kind: SectionKind,
) -> Result<TemporaryFile<'a>, Obstacle> {
    let mut temporary = TemporaryFile::create(folder)?;
    without_signal(|| bundle.copy_section(kind, &mut temporary.file)).map_err(|error| match error {
        FormatError::Write { source, .. } => Obstacle::writing_std("write to", folder.path(), source),
        error => Obstacle::Error(error.into()),
    })?;
    temporary.file.sync_data().map_err(|error| Obstacle::writing_std("write to", folder.path(), error))?;
    Ok(temporary)
}

/// A file with a temporary name. It is removed unless it is published.
struct TemporaryFile<'a> {
    folder: &'a Folder,
    name: String,
    file: File,
    published: bool,
}

impl<'a> TemporaryFile<'a> {
    fn create(folder: &'a Folder) -> Result<Self, Obstacle> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "{TEMPORARY}{}-{}",
            rustix::process::getpid().as_raw_nonzero(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        // EXCL also rejects links. The name is free: we are the only writer, and have swept.
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = openat(folder.handle(), &*name, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|errno| Obstacle::writing("create a file in", folder.path(), errno))?;
        Ok(Self { folder, name, file: File::from(file), published: false })
    }

    /// Renames the file to its final name, replacing an older file, and opens it for reading only.
    fn publish(mut self, name: &'static str) -> Result<(File, Stat), Obstacle> {
        let failed = |errno| Obstacle::writing("write to", self.folder.path(), errno);
        fchmod(&self.file, Mode::RUSR).map_err(failed)?;
        renameat(self.folder.handle(), &*self.name, self.folder.handle(), name).map_err(failed)?;
        self.published = true;
        // The stamp needs the state after the rename, because renaming changes the ctime.
        let written =
            fstat(&self.file).map_err(|errno| Obstacle::writing("look at", self.folder.path(), errno))?;
        match self.folder.open_file(name) {
            Ok((file, stat)) if (stat.st_dev, stat.st_ino) == (written.st_dev, written.st_ino) => {
                Ok((file, stat))
            }
            // Only a process that ignores the lock can have replaced the file.
            found => Err(Obstacle::Error(StoreError::Io {
                action: "keep a file in",
                path: self.folder.path().join(name),
                source: std::io::Error::other(found.err().unwrap_or_else(|| Errno::STALE.to_string())),
            })),
        }
    }
}

impl Drop for TemporaryFile<'_> {
    fn drop(&mut self) {
        if !self.published {
            // If this fails too, the next extraction sweeps.
            let _ = self.folder.unlink(&*self.name);
        }
    }
}
