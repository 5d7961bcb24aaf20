//! Snapshots as bytes.
//!
//! | offset | bytes | field |
//! | --- | --- | --- |
//! | 0 | 8 | magic, `89 45 52 59 58 53 0D 0A` (`\x89ERYXS\r\n`) |
//! | 8 | 4 | format version, 1 |
//! | 12 | 4 | zero |
//! | 16 | 32 | id of the bundle |
//! | 48 | 32 | BLAKE3 of bytes 0..48 followed by everything from 80 on |
//! | 80 | | one zstd frame |
//!
//! All integers in the frame are little-endian. It holds, in this order:
//!
//! - monotonic clock in nanoseconds (u64)
//! - memory size in bytes (u64)
//! - number of changes (u32); for each change its start and length in pieces of 4 KiB (u32, u32), and whether
//!   it is all zeros (u8)
//! - number of open files (u32)
//! - whether packages were added at run time (u8); if so, BLAKE3 of their files
//! - whether there are files in memory (u8); if so, the files
//! - the content of all changes that are not all zeros

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use super::state::SnapshotState;
use crate::bundle::BundleId;
use crate::error::SnapshotError;
use crate::filesystem::FileSnapshot;
use crate::memory::{Difference, DifferenceError, MemoryChange, PIECE};

const MAGIC: [u8; 8] = *b"\x89ERYXS\r\n";
const VERSION: u32 = 1;
const HEADER: usize = 80;

/// Compression level. It is low because the caller waits for the snapshot.
const LEVEL: i32 = 1;

/// Number of pieces in a memory of 4 GiB, the upper bound for changes.
const MOST_CHANGES: u32 = ((4_u64 << 30) / PIECE as u64) as u32;

/// Upper bound for a decoded snapshot: the memory of a 32-bit guest, and files.
const LONGEST: u64 = 8 << 30;

pub(super) fn encode(snapshot: &SnapshotState) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(snapshot.bundle.as_bytes());
    bytes.extend_from_slice(&[0; 32]);
    let mut to = zstd::stream::write::Encoder::new(bytes, LEVEL)?;
    write_body(snapshot, &mut to)?;
    let mut bytes = to.finish()?;
    let hash = hash(&bytes);
    bytes[48..HEADER].copy_from_slice(&hash);
    Ok(bytes)
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    blake3::Hasher::new().update(&bytes[..48]).update(&bytes[HEADER..]).finalize().into()
}

fn write_body(snapshot: &SnapshotState, to: &mut impl Write) -> io::Result<()> {
    let memory = &snapshot.memory;
    to.write_all(&u64::try_from(snapshot.clock.as_nanos()).unwrap_or(u64::MAX).to_le_bytes())?;
    to.write_all(&(memory.size() as u64).to_le_bytes())?;
    to.write_all(&(memory.changes().len() as u32).to_le_bytes())?;
    for change in memory.changes() {
        to.write_all(&((change.start / PIECE) as u32).to_le_bytes())?;
        to.write_all(&((change.length / PIECE) as u32).to_le_bytes())?;
        to.write_all(&[u8::from(change.zero)])?;
    }
    to.write_all(&snapshot.open.to_le_bytes())?;
    match &snapshot.packages {
        Some(digest) => {
            to.write_all(&[1])?;
            to.write_all(digest)?;
        }
        None => to.write_all(&[0])?,
    }
    match &snapshot.files {
        Some(files) => {
            to.write_all(&[1])?;
            files.write_to(to)?;
        }
        None => to.write_all(&[0])?,
    }
    to.write_all(memory.data())
}

pub(super) fn decode(bytes: &[u8]) -> Result<SnapshotState, SnapshotError> {
    if !bytes.starts_with(&MAGIC) {
        return Err(SnapshotError::NotASnapshot);
    }
    let cut_off = || SnapshotError::Malformed("it is cut off".into());
    let version = bytes.get(8..).and_then(|rest| rest.first_chunk()).ok_or_else(cut_off)?;
    let found = u32::from_le_bytes(*version);
    if found != VERSION {
        return Err(SnapshotError::UnsupportedVersion { found, supported: VERSION });
    }
    if bytes.len() < HEADER {
        return Err(cut_off());
    }
    if bytes[48..HEADER] != hash(bytes) {
        return Err(SnapshotError::Altered);
    }
    let Some((id, _)) = bytes[16..].split_first_chunk::<32>() else { return Err(cut_off()) };
    // The hash is no secret, so the bytes from here on may come from anyone.
    let body = zstd::stream::read::Decoder::new(&bytes[HEADER..]).map_err(why)?;
    read_body(BundleId::from_bytes(*id), &mut body.single_frame().take(LONGEST))
}

/// Returns the error of a failed read. The bytes are in memory, so it is never a system error.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it")]
fn why(error: io::Error) -> SnapshotError {
    SnapshotError::Malformed(match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends too early".into(),
        _ => error.to_string(),
    })
}

fn read_body(bundle: BundleId, from: &mut impl Read) -> Result<SnapshotState, SnapshotError> {
    fn array<const N: usize>(from: &mut impl Read) -> Result<[u8; N], SnapshotError> {
        let mut bytes = [0; N];
        from.read_exact(&mut bytes).map_err(why)?;
        Ok(bytes)
    }

    let clock = Duration::from_nanos(u64::from_le_bytes(array(from)?));
    let size = usize::try_from(u64::from_le_bytes(array(from)?)).unwrap_or(usize::MAX);
    let mut changes = Vec::new();
    let count = u32::from_le_bytes(array(from)?);
    if count > MOST_CHANGES {
        return Err(SnapshotError::Malformed(format!("it has {count} changes, and memory has fewer pieces")));
    }
    for _ in 0..count {
        let [start, length] = [array(from)?, array(from)?].map(|number| u32::from_le_bytes(number) as usize);
        let zero = match array::<1>(from)? {
            [0] => false,
            [1] => true,
            _ => return Err(SnapshotError::Malformed("a change has an invalid zero flag".into())),
        };
        changes.push(MemoryChange { start: start * PIECE, length: length * PIECE, zero });
    }
    let open = u32::from_le_bytes(array(from)?);
    let packages = match array::<1>(from)? {
        [0] => None,
        [1] => Some(array(from)?),
        _ => return Err(SnapshotError::Malformed("it has an invalid packages flag".into())),
    };
    let files = match array::<1>(from)? {
        [0] => None,
        [1] => Some(FileSnapshot::read_from(from).map_err(why)?),
        _ => return Err(SnapshotError::Malformed("it has an invalid files flag".into())),
    };
    let memory =
        Difference::from_parts(size, changes, |to, most| io::copy(&mut from.take(most), to).map(drop));
    let memory = memory.map_err(|unfit| match unfit {
        DifferenceError::Malformed(what) => SnapshotError::Malformed(format!("it has {what}")),
        DifferenceError::System(error) => why(error),
    })?;
    Ok(SnapshotState { bundle, packages, clock, memory: Arc::new(memory), files, open })
}
