//! The stamp: it shows a later process that the files are those that were checked.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::time::{Duration, SystemTime};

use rustix::fs::{Stat, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};

use super::folder::Folder;
use super::parts::PARTS;
use crate::bundle::Reader;

pub(super) const NAME: &str = "stamp";

/// A real stamp has about 400 bytes.
const MAX_LENGTH: u64 = 4096;

/// Returns the text of a stamp for these files, in the order of [`PARTS`].
///
/// It is never parsed: a stamp matches if it equals the expected text byte for byte.
pub(super) fn text(bundle: &Reader<'_>, stats: &[Stat]) -> String {
    let mut text = format!("eryx store 1\nbundle {}\n", bundle.id());
    for ((kind, name), stat) in PARTS.into_iter().zip(stats) {
        let hash = bundle.section(kind).map(|section| blake3::Hash::from_bytes(section.raw_hash));
        let hash = hash.map(|hash| hash.to_hex().to_string()).unwrap_or_default();
        let _ = writeln!(
            text,
            "{name} inode {} size {} ctime {}.{:09} blake3 {hash}",
            stat.st_ino, stat.st_size, stat.st_ctime, stat.st_ctime_nsec
        );
    }
    text.push_str("end\n");
    text
}

/// Returns the files in the order of [`PARTS`], if all exist and match the stamp. The error is the reason, for the log.
pub(super) fn open_matching(folder: &Folder, bundle: &Reader<'_>) -> Result<[File; 3], String> {
    let open = |(kind, name)| {
        let (file, stat) = folder.open_file(name)?;
        let wanted = bundle.section(kind).map(|section| section.raw_length);
        if u64::try_from(stat.st_size).ok() != wanted {
            return Err(format!("{name} has {} bytes", stat.st_size));
        }
        Ok((file, stat))
    };
    let [code, tree, image] = PARTS.map(open);
    let ((code, code_stat), (tree, tree_stat), (image, image_stat)) = (code?, tree?, image?);
    let (stamp, stamp_stat) = folder.open_file(NAME)?;
    let mut found = Vec::new();
    (&stamp).take(MAX_LENGTH).read_to_end(&mut found).map_err(|error| format!("{NAME}: {error}"))?;
    if found != text(bundle, &[code_stat, tree_stat, image_stat]).as_bytes() {
        return Err("the files do not match the stamp".to_owned());
    }
    note_use(&stamp, &stamp_stat);
    Ok([code, tree, image])
}

/// Updates the time of last use for [`prune`](crate::Store::prune). The time is the mtime of the stamp, whose own times
/// are not checked. It changes at most once a day, so that most warm starts write no data.
fn note_use(stamp: &File, stat: &Stat) {
    const DAY: Duration = Duration::from_hours(24);
    let last = modified(stat);
    if last.elapsed().is_ok_and(|age| age > DAY) {
        let now = Timestamps {
            last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
            last_modification: Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
        };
        // On a read-only disk this fails, and the failure does not matter.
        let _ = futimens(stamp, &now);
    }
}

/// Returns the modification time of a file.
pub(super) fn modified(stat: &Stat) -> SystemTime {
    let seconds = u64::try_from(stat.st_mtime).unwrap_or_default(); // times before 1970 count as 1970
    let nanoseconds = u32::try_from(stat.st_mtime_nsec).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds)
}
