//! Tests of the whole format: the reader accepts exactly the bytes that the writer writes.

use proptest::prelude::*;

use super::header::{ENTRY_LENGTH, HEADER_LENGTH};
use super::*;

fn manifest() -> Manifest {
    Manifest::new("3.14.0".into(), "abi-1".into(), "x86_64-unknown-linux-gnu".into(), "x86-64-v2".into())
}

/// Compressible, but not trivial bytes.
fn content(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|i| ((i / 7) as u8).wrapping_mul(31) ^ seed ^ (i % 13) as u8).collect()
}

fn bundle(compression: Compression) -> Vec<u8> {
    Writer::new(&manifest())
        .section(SectionKind::Tree, content(70_000, 5))
        .section(SectionKind::Code, content(200_000, 1))
        .finish(compression)
        .unwrap()
}

fn both() -> [Vec<u8>; 2] {
    [bundle(Compression::None), bundle(Compression::Zstd(3))]
}

/// Changes the table and corrects its hash, like a skilled attacker.
fn forge(bytes: &mut [u8], change: impl FnOnce(&mut [u8])) {
    change(bytes);
    let count = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let end = (HEADER_LENGTH + count * ENTRY_LENGTH).min(bytes.len()); // the count may be forged too
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[..24]).update(&bytes[HEADER_LENGTH..end]);
    bytes[24..56].copy_from_slice(hasher.finalize().as_bytes());
}

/// Offset of a field of the section table.
fn field(entry: usize, offset: usize) -> usize {
    HEADER_LENGTH + entry * ENTRY_LENGTH + offset
}

#[test]
fn what_goes_in_comes_out() {
    for bytes in both() {
        let reader = Reader::new(&bytes).unwrap();
        reader.verify().unwrap();
        assert_eq!(reader.manifest().unwrap(), manifest());
        assert_eq!(reader.read_section(SectionKind::Code).unwrap(), content(200_000, 1));
        assert_eq!(reader.read_section(SectionKind::Tree).unwrap(), content(70_000, 5));
        for section in reader.sections() {
            assert_eq!(section.offset % ALIGNMENT, 0);
        }
        assert_eq!(reader.sections().len(), 3);
    }
    let [raw, zstd] = both();
    assert!(zstd.len() < raw.len());
    assert_ne!(Reader::new(&raw).unwrap().id(), Reader::new(&zstd).unwrap().id());
}

#[test]
fn long_sections_stream_in_pieces() {
    let code = content(5_000_001, 9);
    for compression in [Compression::None, Compression::Zstd(1)] {
        let bytes =
            Writer::new(&manifest()).section(SectionKind::Code, &code[..]).finish(compression).unwrap();
        let read = Reader::new(&bytes).unwrap().read_section(SectionKind::Code).unwrap();
        assert!(read == code);
    }
}

#[test]
fn empty_sections_are_fine() {
    let bytes =
        Writer::new(&manifest()).section(SectionKind::Code, b"").finish(Compression::default()).unwrap();
    let reader = Reader::new(&bytes).unwrap();
    reader.verify().unwrap();
    assert_eq!(reader.read_section(SectionKind::Code).unwrap(), b"");
}

#[test]
fn same_input_same_bytes() {
    let swapped = Writer::new(&manifest())
        .section(SectionKind::Code, b"first, to be replaced")
        .section(SectionKind::Code, content(200_000, 1))
        .section(SectionKind::Tree, content(70_000, 5))
        .finish(Compression::Zstd(3))
        .unwrap();
    assert!(swapped == bundle(Compression::Zstd(3)));
    let mut written = Vec::new();
    let id = Writer::new(&manifest())
        .section(SectionKind::Code, content(200_000, 1))
        .section(SectionKind::Tree, content(70_000, 5))
        .finish_to(Compression::Zstd(3), &mut written)
        .unwrap();
    assert!(swapped == written);
    assert_eq!(Reader::new(&written).unwrap().id(), id);
}

#[test]
fn a_section_copied_from_another_bundle_is_as_if_it_had_been_added() {
    let added = bundle(Compression::Zstd(3));
    let from = Reader::new(&added).unwrap();
    let writer = || Writer::new(&manifest()).section(SectionKind::Tree, content(70_000, 5));
    let copied = writer().copied(&from, SectionKind::Code).unwrap().finish(Compression::Zstd(3)).unwrap();
    assert!(copied == added);
    Reader::new(&copied).unwrap().verify().unwrap();

    assert!(matches!(
        writer().copied(&from, SectionKind::Other(77)),
        Err(FormatError::MissingSection { .. })
    ));
    let mut damaged = added.clone();
    let at = from.section(SectionKind::Code).unwrap().offset as usize;
    damaged[at + 10] ^= 1;
    let from = Reader::new(&damaged).unwrap();
    assert!(matches!(writer().copied(&from, SectionKind::Code), Err(FormatError::Altered { .. })));
}

#[test]
fn incompressible_sections_are_stored_as_they_are() {
    let mut noise = vec![0; 100_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    let bytes =
        Writer::new(&manifest()).section(SectionKind::Code, noise).finish(Compression::Zstd(3)).unwrap();
    assert_eq!(Reader::new(&bytes).unwrap().section(SectionKind::Code).unwrap().encoding, Encoding::Raw);
}

#[test]
fn every_cut_is_reported_as_truncated() {
    for bytes in both() {
        let mut cuts: Vec<_> = (1..600).collect();
        cuts.extend((600..bytes.len()).step_by(997));
        cuts.push(bytes.len() - 1);
        for cut in cuts {
            let error = Reader::new(&bytes[..cut]).unwrap_err();
            let FormatError::Truncated { expected, found } = error else { panic!("{cut}: {error}") };
            assert_eq!(found, cut as u64);
            assert!(expected > found);
        }
    }
}

#[test]
fn other_files_are_not_bundles() {
    for bytes in [&b""[..], b"\x7fELF", b"PK\x03\x04", &[0; 4096], b"\x89PNG\r\n\x1a\n"] {
        assert!(matches!(Reader::new(bytes), Err(FormatError::NotABundle)), "{bytes:?}");
    }
    // Newline conversion.
    let mut text = bundle(Compression::None);
    text.remove(5);
    assert!(matches!(Reader::new(&text), Err(FormatError::NotABundle)));
}

#[test]
fn newer_versions_are_named() {
    let mut bytes = bundle(Compression::None);
    bytes[8] = 7;
    let error = Reader::new(&bytes).unwrap_err();
    assert!(matches!(error, FormatError::UnsupportedVersion { found: 7, supported: 1 }));
    assert!(error.to_string().contains("cargo eryx bundle"), "{error}");
}

#[test]
fn bytes_after_the_end_are_refused() {
    let mut bytes = bundle(Compression::None);
    bytes.push(0);
    assert!(matches!(Reader::new(&bytes), Err(FormatError::Malformed { .. })));
}

#[test]
fn forged_tables_are_refused() {
    let forgeries: &[(&str, usize, &[u8])] = &[
        ("kind twice", field(2, 0), &2u32.to_le_bytes()),
        ("out of order", field(1, 0), &9u32.to_le_bytes()),
        ("unknown, needed kind", field(2, 0), &9u32.to_le_bytes()),
        ("no manifest", field(0, 0), &0u32.to_le_bytes()),
        ("unknown flag", field(1, 4), &2u32.to_le_bytes()),
        ("unknown encoding", field(1, 8), &5u32.to_le_bytes()),
        ("reserved", field(1, 12), &1u32.to_le_bytes()),
        ("unaligned", field(1, 16), &(ALIGNMENT * 2 + 8).to_le_bytes()),
        ("overlap", field(2, 16), &(ALIGNMENT * 2).to_le_bytes()),
        ("far away", field(2, 16), &(!(ALIGNMENT - 1)).to_le_bytes()),
        ("past the end", field(2, 24), &u64::MAX.to_le_bytes()),
        ("short of the end", field(2, 24), &1u64.to_le_bytes()),
        ("lengths differ", field(1, 32), &7u64.to_le_bytes()),
        ("raw length over the cap", field(1, 32), &(MAX_RAW_LENGTH + 1).to_le_bytes()),
        ("no sections", 12, &0u32.to_le_bytes()),
        ("too many sections", 12, &65u32.to_le_bytes()),
        ("endless sections", 12, &u32::MAX.to_le_bytes()),
        ("header reserved", 60, &[1]),
    ];
    for (what, at, value) in forgeries {
        let mut bytes = bundle(Compression::None);
        forge(&mut bytes, |bytes| bytes[*at..at + value.len()].copy_from_slice(value));
        let error = Reader::new(&bytes).expect_err(what);
        assert!(
            matches!(error, FormatError::Malformed { .. } | FormatError::MissingSection { .. }),
            "{what}: {error}"
        );
    }
}

#[test]
fn a_lying_raw_length_is_found_without_allocating_it() {
    for lie in [0, 1, 199_999, 200_001, MAX_RAW_LENGTH] {
        let mut bytes = bundle(Compression::Zstd(3));
        forge(&mut bytes, |bytes| bytes[field(1, 32)..][..8].copy_from_slice(&lie.to_le_bytes()));
        let reader = Reader::new(&bytes).unwrap();
        let mut got = Vec::new();
        let error = reader.copy_section(SectionKind::Code, &mut got).unwrap_err();
        assert!(matches!(error, FormatError::Altered { .. }), "{lie}: {error}");
        assert!(got.len() <= 200_000);
    }
}

#[test]
fn unknown_optional_sections_are_left_alone() {
    let bytes = Writer::new(&manifest())
        .section(SectionKind::Other(77), b"from the future")
        .section(SectionKind::Code, b"code")
        .finish(Compression::None)
        .unwrap();
    let reader = Reader::new(&bytes).unwrap();
    reader.verify().unwrap();
    assert_eq!(reader.read_section(SectionKind::Code).unwrap(), b"code");
    assert_eq!(reader.read_section(SectionKind::Other(77)).unwrap(), b"from the future");

    // A section with an unknown encoding cannot be read, but the bundle stays valid.
    let mut bytes = bytes;
    forge(&mut bytes, |bytes| bytes[field(2, 8)] = 9);
    let reader = Reader::new(&bytes).unwrap();
    reader.verify().unwrap();
    assert!(matches!(reader.read_section(SectionKind::Other(77)), Err(FormatError::Malformed { .. })));
}

#[test]
fn missing_sections_are_named() {
    let bytes = Writer::new(&manifest()).finish(Compression::None).unwrap();
    let error = Reader::new(&bytes).unwrap().read_section(SectionKind::Code).unwrap_err();
    assert!(matches!(error, FormatError::MissingSection { kind: SectionKind::Code }));
}

#[test]
fn a_broken_destination_is_not_blamed_on_the_bundle() {
    let bytes = bundle(Compression::Zstd(3));
    let mut small = [0; 10];
    let error =
        Reader::new(&bytes).unwrap().copy_section(SectionKind::Code, &mut &mut small[..]).unwrap_err();
    assert!(matches!(error, FormatError::Write { .. }), "{error}");
}

#[test]
fn bundles_are_found_at_any_offset() {
    let (one, two) = (bundle(Compression::None), bundle(Compression::Zstd(3)));
    let mut executable = b"\x7fELF, a lone \x89 and the magic: ".to_vec();
    executable.extend_from_slice(&MAGIC);
    executable.extend_from_slice(b" ... ");
    let first = executable.len();
    executable.extend_from_slice(&one);
    let second = executable.len();
    executable.extend_from_slice(&two);
    executable.extend_from_slice(&MAGIC[..5]);

    let found = find(&executable);
    assert_eq!(found.iter().map(|(offset, _)| *offset).collect::<Vec<_>>(), [first, second]);
    assert!(found[1].1.as_bytes() == two);
    found[0].1.verify().unwrap();
    assert!(find(&executable[..second - 1]).is_empty());
    assert!(find(b"").is_empty());
}

/// Calls all methods of a reader, for tests that only check for panics.
fn exercise(bytes: &[u8]) -> Result<(), FormatError> {
    let reader = Reader::new(bytes)?;
    let verified = reader.verify();
    let _ = reader.manifest();
    for section in reader.sections() {
        let _ = reader.read_section(section.kind);
    }
    verified
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..4096), magic: bool) {
        let mut bytes = if magic { [&MAGIC[..], &1u32.to_le_bytes(), &3u32.to_le_bytes()].concat() } else { vec![] };
        bytes.extend(tail);
        prop_assert!(exercise(&bytes).is_err());
        prop_assert!(find(&bytes).is_empty());
    }

    #[test]
    fn arbitrary_tables_with_a_right_hash_never_panic(
        changes in proptest::collection::vec((0..HEADER_LENGTH + 3 * ENTRY_LENGTH, any::<u8>()), 1..8),
        zstd: bool,
    ) {
        let mut bytes = bundle(if zstd { Compression::Zstd(1) } else { Compression::None });
        forge(&mut bytes, |bytes| changes.iter().for_each(|(at, value)| bytes[*at] = *value));
        let _ = exercise(&bytes);
    }

    #[test]
    fn every_flip_is_found(at: proptest::sample::Index, bit in 0..8u8, zstd: bool) {
        let mut bytes = bundle(if zstd { Compression::Zstd(1) } else { Compression::None });
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(exercise(&bytes).is_err(), "byte {at}");
    }

    #[test]
    fn every_cut_is_found(at: proptest::sample::Index, zstd: bool) {
        let bytes = bundle(if zstd { Compression::Zstd(1) } else { Compression::None });
        prop_assert!(exercise(&bytes[..at.index(bytes.len())]).is_err());
    }
}

#[test]
fn every_flip_in_header_and_table_is_found_at_once() {
    let mut bytes = bundle(Compression::Zstd(3));
    for at in 0..HEADER_LENGTH + 3 * ENTRY_LENGTH {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            assert!(Reader::new(&bytes).is_err(), "byte {at}, bit {bit}");
            bytes[at] ^= 1 << bit;
        }
    }
}

#[test]
fn verify_finds_what_decoding_forgives() {
    let mut bytes = bundle(Compression::Zstd(3));
    let frame = Reader::new(&bytes).unwrap().section(SectionKind::Code).unwrap().offset as usize;
    // After the 4 bytes of zstd's magic, bit 4 is unused, and decoders ignore it.
    bytes[frame + 4] ^= 1 << 4;
    let reader = Reader::new(&bytes).unwrap();
    assert_eq!(reader.read_section(SectionKind::Code).unwrap(), content(200_000, 1));
    assert!(matches!(reader.verify(), Err(FormatError::Altered { section }) if section == "code section"));
}
