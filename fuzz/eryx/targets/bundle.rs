//! The bundle format. A separate encoder builds bundles with false fields and hashes them again, so that the
//! fuzzer reaches the checks behind the hashes.
#![no_main]

use arbitrary::Arbitrary;
use eryx_rt::__private::tree::{Tree, TreeBuilder};
use eryx_rt::__private::{Compression, Writer};
use eryx_rt::bundle::{Encoding, MAGIC, Manifest, Reader, SectionKind, find};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    sections: Vec<Section>,
    /// Changed bytes of header and table: position and value.
    changes: Vec<(u16, u8)>,
    /// Whether the id is recomputed for the changed table.
    rehashed: bool,
    count: Option<u32>,
    length: Option<u64>,
    cut: Option<u16>,
    extra: Vec<u8>,
}

#[derive(Debug, Arbitrary)]
struct Section {
    kind: Option<u8>,
    flags: u8,
    encoding: u8,
    content: Content,
    raw_length: Option<u64>,
    stored_length: Option<u64>,
    offset: Option<u64>,
    raw_hash: bool,
    stored_hash: bool,
    /// Changed bytes of the stored data.
    changes: Vec<(u16, u8)>,
}

#[derive(Debug, Arbitrary)]
enum Content {
    Manifest,
    Json(String),
    Bytes(Vec<u8>),
    Tree(Vec<(String, Vec<u8>)>, Vec<(u16, u8)>),
    Zeros(u32),
}

const HEADER: usize = 64;
const ENTRY: usize = 104;
const ALIGNMENT: usize = 64 << 10;

fn manifest() -> Manifest {
    Manifest::new("3.14.0".into(), "abi".into(), "x86_64-unknown-linux-gnu".into(), "x86-64-v2".into())
}

impl Content {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Manifest => serde_json::to_vec(&manifest()).expect("it can be written"),
            Self::Json(text) => text.clone().into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::Tree(files, changes) => {
                let mut builder = TreeBuilder::new();
                for (path, content) in files {
                    let _ = builder.file(&format!("/{path}"), content);
                }
                let mut bytes = builder.pack();
                change(&mut bytes, changes);
                bytes
            }
            Self::Zeros(count) => vec![0; (count % (4 << 20)) as usize],
        }
    }
}

fn change(bytes: &mut [u8], changes: &[(u16, u8)]) {
    for (at, value) in changes.iter().take(8) {
        if !bytes.is_empty() {
            let at = usize::from(*at) % bytes.len();
            bytes[at] = *value;
        }
    }
}

fn encoded(input: &Input) -> Vec<u8> {
    let sections = &input.sections[..input.sections.len().min(4)];
    let mut file = vec![0; HEADER + ENTRY * sections.len()];
    for (number, section) in sections.iter().enumerate() {
        let raw = section.content.bytes();
        let mut stored = match section.encoding % 3 {
            1 => zstd::bulk::compress(&raw, 1).expect("it can be compressed"),
            _ => raw.clone(),
        };
        change(&mut stored, &section.changes);
        file.resize(file.len().next_multiple_of(ALIGNMENT), 0);
        let offset = file.len();
        let hash = |right: bool, bytes: &[u8]| if right { [7; 32] } else { *blake3::hash(bytes).as_bytes() };
        let kind = section.kind.map_or(number as u32 + 1, u32::from);
        let mut entry = Vec::new();
        entry.extend(kind.to_le_bytes());
        entry.extend(u32::from(section.flags % 4).to_le_bytes());
        entry.extend(u32::from(section.encoding % 3).to_le_bytes());
        entry.extend([0; 4]);
        entry.extend(section.offset.unwrap_or(offset as u64).to_le_bytes());
        entry.extend(section.stored_length.unwrap_or(stored.len() as u64).to_le_bytes());
        entry.extend(section.raw_length.unwrap_or(raw.len() as u64).to_le_bytes());
        entry.extend(hash(section.raw_hash, &raw));
        entry.extend(hash(section.stored_hash, &stored));
        file[HEADER + ENTRY * number..][..ENTRY].copy_from_slice(&entry);
        file.extend(stored);
    }
    let length = input.length.unwrap_or(file.len() as u64);
    file[..8].copy_from_slice(&MAGIC);
    file[8..12].copy_from_slice(&1_u32.to_le_bytes());
    file[12..16].copy_from_slice(&input.count.unwrap_or(sections.len() as u32).to_le_bytes());
    file[16..24].copy_from_slice(&length.to_le_bytes());
    let table = HEADER + ENTRY * sections.len();
    let hash = |file: &[u8]| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&file[..24]).update(&file[HEADER..table]);
        *hasher.finalize().as_bytes()
    };
    let id = hash(&file);
    file[24..56].copy_from_slice(&id);
    change(&mut file[..table], &input.changes);
    if input.rehashed {
        let id = hash(&file);
        file[24..56].copy_from_slice(&id);
    }
    if let Some(cut) = input.cut {
        file.truncate(file.len().saturating_sub(usize::from(cut)));
    }
    file.extend(&input.extra);
    file
}

fuzz_target!(|input: Input| {
    let bytes = encoded(&input);
    for (offset, reader) in find(&bytes) {
        let found = reader.as_bytes();
        assert_eq!(found, &bytes[offset..offset + found.len()]);
        assert_eq!(Reader::new(found).expect("it was found").id(), reader.id());
    }
    let Ok(reader) = Reader::new(&bytes) else { return };
    assert_eq!(reader.as_bytes(), bytes);

    let mut end = 0;
    let mut readable = true;
    for section in reader.sections() {
        assert!(section.offset >= end && section.offset % ALIGNMENT as u64 == 0, "sections overlap");
        end = section.offset + section.stored_length;
        assert!(end <= bytes.len() as u64);
        let read = reader.read_section(section.kind);
        readable &= read.is_ok() || matches!(section.encoding, Encoding::Other(_));
        let Ok(raw) = read else { continue };
        assert_eq!(raw.len() as u64, section.raw_length);
        assert_eq!(blake3::hash(&raw).as_bytes(), &section.raw_hash);
        if section.kind == SectionKind::Tree
            && let Ok(tree) = Tree::new(raw)
        {
            walk(&tree);
        }
    }
    assert_eq!(end, bytes.len() as u64, "there are bytes behind the last section");
    if reader.verify().is_err() {
        return;
    }

    // A fully correct bundle is readable, and writing it again gives the same bytes.
    assert!(readable);
    let manifest = reader.manifest().expect("it was verified");
    let mut writer = Writer::new(&manifest);
    for section in &reader.sections()[1..] {
        writer = writer.copied(&reader, section.kind).expect("it was verified");
    }
    let again = writer.finish(Compression::None).expect("it fits");
    let again = Reader::new(&again).expect("it was just written");
    again.verify().expect("it was just written");
    let sections = |reader: &Reader<'_>| -> Vec<_> {
        reader.sections()[1..]
            .iter()
            .map(|section| (section.kind, section.raw_hash, section.stored_hash))
            .collect()
    };
    assert_eq!(sections(&reader), sections(&again));
});

/// Checks that every file of a tree is found by its path, and equals its entry in the list of all files.
fn walk(tree: &Tree) {
    for (path, content) in tree.files().take(100) {
        let names = path.split('/').skip(1);
        if names.clone().any(str::is_empty) {
            panic!("`{path}` has a name without letters");
        }
        assert_eq!(tree.lookup(&path).and_then(|node| node.content()), Some(content), "{path}");
    }
}
