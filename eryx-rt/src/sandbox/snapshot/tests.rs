//! Tests of the snapshot format with forged input.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::format::{decode, encode};
use super::state::SnapshotState;
use crate::bundle::BundleId;
use crate::error::SnapshotError;
use crate::filesystem::FileSnapshot;
use crate::memory::{Difference, MemoryChange, PIECE};

/// Serialised files: `/tmp` with a folder, and a file in it.
fn files() -> FileSnapshot {
    let mut bytes = vec![1, 0, 0, 0];
    let text = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    };
    text(&mut bytes, "/tmp");
    bytes.extend_from_slice(&3u32.to_le_bytes());
    for (path, content) in [("", None), ("a", None), ("a/b", Some("content"))] {
        text(&mut bytes, path);
        bytes.extend_from_slice(&[0; 36]);
        match content {
            None => bytes.push(0),
            Some(content) => {
                bytes.push(1);
                bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
                bytes.extend_from_slice(content.as_bytes());
            }
        }
    }
    let files = FileSnapshot::read_from(&mut &bytes[..]).unwrap();
    let mut written = Vec::new();
    files.write_to(&mut written).unwrap();
    assert_eq!(written, bytes);
    files
}

/// A snapshot with these changes, in pieces; each has content derived from its position.
fn snapshot(size: usize, changes: &[(usize, usize, bool)], with_files: bool) -> SnapshotState {
    let changes: Vec<MemoryChange> = changes
        .iter()
        .map(|(start, length, zero)| MemoryChange {
            start: start * PIECE,
            length: length * PIECE,
            zero: *zero,
        })
        .collect();
    let data: Vec<u8> = changes
        .iter()
        .filter(|change| !change.zero)
        .flat_map(|change| (change.start..change.start + change.length).map(|at| (at / 7) as u8))
        .collect();
    let memory = Difference::from_parts(size, changes, |to: &mut dyn Write, _| to.write_all(&data)).unwrap();
    SnapshotState {
        bundle: BundleId::from_bytes([7; 32]),
        packages: with_files.then_some([9; 32]),
        clock: Duration::from_millis(12_345),
        memory: Arc::new(memory),
        files: with_files.then(files),
        open: 2,
    }
}

/// Bytes with this body and a valid header.
fn around(body: &[u8]) -> Vec<u8> {
    let mut bytes = encode(&snapshot(1 << 16, &[], false)).unwrap();
    bytes.truncate(80);
    bytes.extend_from_slice(&zstd::bulk::compress(body, 1).unwrap());
    let hash = *blake3::Hasher::new().update(&bytes[..48]).update(&bytes[80..]).finalize().as_bytes();
    bytes[48..80].copy_from_slice(&hash);
    bytes
}

fn written(inner: &SnapshotState) -> Vec<u8> {
    let bytes = encode(inner).unwrap();
    zstd::stream::decode_all(&bytes[80..]).unwrap()
}

#[track_caller]
fn refused(bytes: &[u8], why: &str) {
    let error = decode(bytes).expect_err(why).to_string();
    assert!(error.contains(why), "{error}");
}

/// Strategy for ascending changes within `pieces` pieces.
fn changes(pieces: usize) -> impl Strategy<Value = Vec<(usize, usize, bool)>> {
    proptest::collection::vec((0..20_usize, 1..9_usize, any::<bool>()), 0..12).prop_map(move |steps| {
        let mut at = 0;
        let placed = steps.into_iter().map(|(gap, length, zero)| {
            let start = at + gap;
            at = start + length;
            (start, length, zero)
        });
        placed.take_while(|(start, length, _)| start + length <= pieces).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(changes in changes(160), with_files: bool) {
        let inner = snapshot(160 * PIECE, &changes, with_files);
        let read = decode(&encode(&inner).unwrap()).unwrap();
        prop_assert_eq!((read.bundle, read.clock, read.open), (inner.bundle, inner.clock, inner.open));
        prop_assert_eq!(read.memory.size(), inner.memory.size());
        prop_assert_eq!(read.memory.changes(), inner.memory.changes());
        prop_assert_eq!(read.memory.data(), inner.memory.data());
        prop_assert_eq!(written(&read), written(&inner));
    }

    /// The hash is correct, so only the parser protects against these bytes.
    #[test]
    fn a_body_that_was_tampered_with_is_an_error_or_a_snapshot(
        changes in changes(160),
        with_files: bool,
        edits in proptest::collection::vec((0..600_usize, any::<u8>()), 1..6),
        cut in proptest::option::of(0..600_usize),
    ) {
        let mut body = written(&snapshot(160 * PIECE, &changes, with_files));
        for (at, byte) in edits {
            if let Some(found) = body.get_mut(at) {
                *found = byte;
            }
        }
        body.truncate(cut.unwrap_or(usize::MAX));
        match decode(&around(&body)) {
            Ok(read) => prop_assert_eq!(written(&read), body),
            Err(error) => prop_assert!(matches!(error, SnapshotError::Malformed(_)), "{}", error),
        }
    }

    #[test]
    fn noise_is_an_error(noise in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(decode(&noise).is_err());
        prop_assert!(decode(&around(&noise)).is_err());
        let _ = FileSnapshot::read_from(&mut &noise[..]);
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let good = encode(&snapshot(1 << 20, &[(0, 1, false)], true)).unwrap();
    assert!(decode(&good).is_ok());
    refused(b"", "not a snapshot");
    refused(&good[..40], "cut off");
    let mut other = good.clone();
    other[8] = 9;
    refused(&other, "format 9");
    let mut other = good.clone();
    *other.last_mut().unwrap() ^= 1;
    refused(&other, "damaged");

    // Bytes after the end, an invalid size, changes that overlap or lie outside, too little data.
    let whole = written(&snapshot(1 << 20, &[(0, 1, false), (1, 1, true)], false));
    refused(&around(&[&whole[..], b"x"].concat()), "more or less data");
    refused(&around(&whole[..whole.len() - 1]), "more or less data");
    let edited = |at: usize, bytes: &[u8]| {
        let mut body = whole.clone();
        body[at..at + bytes.len()].copy_from_slice(bytes);
        around(&body)
    };
    refused(&edited(8, &1u64.to_le_bytes()), "impossible memory size");
    refused(&edited(8, &(1u64 << 33).to_le_bytes()), "impossible memory size");
    refused(&edited(20, &256u32.to_le_bytes()), "impossible place");
    refused(&edited(20, &1u32.to_le_bytes()), "impossible place");
    refused(&edited(24, &0u32.to_le_bytes()), "impossible place");
    refused(&edited(24, &u32::MAX.to_le_bytes()), "impossible place");
    refused(&edited(28, &[2]), "invalid zero flag");
    refused(&edited(16, &u32::MAX.to_le_bytes()), "memory has fewer pieces");
}

#[test]
fn large_ones_are_kept_in_a_file() {
    let inner = snapshot(8 << 20, &[(3, 1000, false), (1500, 20, true)], false);
    let read = decode(&encode(&inner).unwrap()).unwrap();
    assert_eq!(read.memory.data().len(), 1000 * PIECE);
    assert!(read.memory.data() == inner.memory.data());
}
