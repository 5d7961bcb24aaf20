//! Snapshots from bytes. The content is generated, compressed and hashed, so that the fuzzer reaches the
//! reader behind the hash.
#![no_main]

use arbitrary::Arbitrary;
use eryx_rt::Snapshot;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    bundle: [u8; 32],
    clock: u64,
    size: Size,
    changes: Vec<Change>,
    count: Option<u32>,
    open: u32,
    packages: Option<[u8; 32]>,
    files: Option<Vec<Mount>>,
    data: u8,
    more: i8,
    tail: Vec<u8>,
    hashed: bool,
}

#[derive(Debug, Arbitrary)]
enum Size {
    Pages(u16),
    Bytes(u64),
}

#[derive(Debug, Arbitrary)]
struct Change {
    gap: Option<u32>,
    length: u32,
    kind: u8,
}

#[derive(Debug, Arbitrary)]
struct Mount {
    path: String,
    entries: Vec<Entry>,
    count: Option<u32>,
}

#[derive(Debug, Arbitrary)]
struct Entry {
    path: Option<String>,
    times: [(u64, u32); 3],
    content: Option<Vec<u8>>,
    length: Option<u64>,
}

fn text(to: &mut Vec<u8>, text: &str) {
    to.extend((text.len() as u32).to_le_bytes());
    to.extend(text.as_bytes());
}

fn body(input: &Input) -> Vec<u8> {
    let mut to = Vec::new();
    to.extend(input.clock.to_le_bytes());
    let size = match input.size {
        Size::Pages(pages) => u64::from(pages) << 16,
        Size::Bytes(bytes) => bytes,
    };
    to.extend(size.to_le_bytes());
    to.extend(input.count.unwrap_or(input.changes.len() as u32).to_le_bytes());
    let (mut end, mut pieces) = (0_u32, 0_u64);
    for change in &input.changes {
        let start = end.wrapping_add(change.gap.unwrap_or(1));
        let length = if change.gap.is_some() { change.length } else { change.length % 8 };
        end = start.wrapping_add(length);
        to.extend(start.to_le_bytes());
        to.extend(length.to_le_bytes());
        to.push(change.kind % 3);
        pieces += if change.kind % 3 == 0 { u64::from(length) } else { 0 };
    }
    to.extend(input.open.to_le_bytes());
    match input.packages {
        Some(digest) => {
            to.push(1);
            to.extend(digest);
        }
        None => to.push(0),
    }
    match &input.files {
        Some(mounts) => {
            to.push(1);
            to.extend((mounts.len() as u32).to_le_bytes());
            for mount in mounts {
                text(&mut to, &mount.path);
                to.extend(mount.count.unwrap_or(mount.entries.len() as u32).to_le_bytes());
                for (number, entry) in mount.entries.iter().enumerate() {
                    let path = if number == 0 { None } else { Some("a/b") };
                    text(&mut to, entry.path.as_deref().or(path).unwrap_or_default());
                    for (seconds, nanoseconds) in entry.times {
                        to.extend(seconds.to_le_bytes());
                        to.extend(nanoseconds.to_le_bytes());
                    }
                    match &entry.content {
                        Some(content) => {
                            to.push(1);
                            to.extend(entry.length.unwrap_or(content.len() as u64).to_le_bytes());
                            to.extend(content);
                        }
                        None => to.push(0),
                    }
                }
            }
        }
        None => to.push(0),
    }
    let data = (pieces.min(64) << 12) as usize;
    to.extend(std::iter::repeat_n(input.data, data.saturating_add_signed(isize::from(input.more))));
    to.extend(&input.tail);
    to
}

fuzz_target!(|input: Input| {
    let frame = zstd::bulk::compress(&body(&input), 1).expect("it can be compressed");
    let mut bytes = b"\x89ERYXS\r\n".to_vec();
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(input.bundle);
    let mut hasher = blake3::Hasher::new();
    let hash = *hasher.update(&bytes).update(&frame).finalize().as_bytes();
    bytes.extend(if input.hashed { hash } else { [0; 32] });
    bytes.extend(frame);

    let Ok(snapshot) = Snapshot::from_bytes(&bytes) else { return };
    assert!(input.hashed, "the hash was wrong");
    assert_eq!(snapshot.bundle().as_bytes(), &input.bundle);
    let written = snapshot.to_bytes().expect("it can be written");
    let again = Snapshot::from_bytes(&written).expect("it was just written");
    assert_eq!(again.memory_bytes(), snapshot.memory_bytes());
    assert_eq!(again.to_bytes().expect("it can be written"), written, "it is not the same as before");
});
