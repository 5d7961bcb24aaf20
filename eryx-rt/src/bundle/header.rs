//! The header and the section table as bytes; the [module docs](super) describe the layout.

use super::error::FormatError;
use super::id::BundleId;
use super::section::{Encoding, Section, SectionKind};

/// First bytes of every bundle.
///
/// The high bit reveals 7-bit transfers, CR LF reveals newline conversion, and Control-Z stops a DOS `type`.
pub const MAGIC: [u8; 8] = *b"\x89ERYX\r\n\x1a";

/// The format version that this crate reads and writes.
pub const FORMAT_VERSION: u32 = 1;

/// The alignment of sections: the largest page size of the supported platforms.
pub const ALIGNMENT: u64 = 64 << 10;

/// Maximum decoded length of a section: the address space of a 32-bit guest.
pub const MAX_RAW_LENGTH: u64 = 4 << 30;

pub(super) const HEADER_LENGTH: usize = 64;
pub(super) const ENTRY_LENGTH: usize = 104;
const MAX_SECTIONS: u32 = 64;
const FLAG_OPTIONAL: u32 = 1;

/// The parsed start of a bundle. All rules of the layout have been checked.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) id: BundleId,
    pub(super) length: u64,
    pub(super) sections: Vec<Section>,
}

/// Returns the next offset at which a section may start.
pub(super) fn align(offset: u64) -> Option<u64> {
    offset.checked_next_multiple_of(ALIGNMENT)
}

/// Returns the end of a section table with `count` entries.
pub(super) fn table_end(count: usize) -> u64 {
    (HEADER_LENGTH + count * ENTRY_LENGTH) as u64
}

impl Header {
    /// Lays out sections one after the other: sets their offsets, and computes the length and the id.
    ///
    /// `sections` must be in ascending order of kind.
    pub(super) fn lay_out(mut sections: Vec<Section>) -> Result<Self, FormatError> {
        let too_long = || FormatError::malformed("the total length of the sections is too large");
        if sections.len() > MAX_SECTIONS as usize {
            return Err(FormatError::malformed(format!("it has more than {MAX_SECTIONS} sections")));
        }
        let mut length = table_end(sections.len());
        for section in &mut sections {
            if section.raw_length > MAX_RAW_LENGTH {
                return Err(too_large(section));
            }
            section.offset = align(length).ok_or_else(too_long)?;
            length = section.offset.checked_add(section.stored_length).ok_or_else(too_long)?;
        }
        let mut header = Self { id: BundleId::from_bytes([0; 32]), length, sections };
        header.id = table_hash(&header.encode());
        Ok(header)
    }

    /// Returns the bytes of the header and the table.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(table_end(self.sections.len()) as usize);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&(self.sections.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&self.length.to_le_bytes());
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.extend_from_slice(&[0; 8]);
        for section in &self.sections {
            bytes.extend_from_slice(&section.kind.number().to_le_bytes());
            bytes.extend_from_slice(&(if section.optional { FLAG_OPTIONAL } else { 0 }).to_le_bytes());
            bytes.extend_from_slice(&section.encoding.number().to_le_bytes());
            bytes.extend_from_slice(&[0; 4]);
            bytes.extend_from_slice(&section.offset.to_le_bytes());
            bytes.extend_from_slice(&section.stored_length.to_le_bytes());
            bytes.extend_from_slice(&section.raw_length.to_le_bytes());
            bytes.extend_from_slice(&section.raw_hash);
            bytes.extend_from_slice(&section.stored_hash);
        }
        bytes
    }

    /// Parses and checks the header and the table at the start of `bytes`, which may be longer than the bundle.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let found = bytes.len() as u64;
        let truncated = |expected| FormatError::Truncated { expected, found };

        // A prefix of the magic is a truncated bundle; all other bytes are another kind of file.
        let start = &bytes[..bytes.len().min(MAGIC.len())];
        if start.is_empty() || !MAGIC.starts_with(start) {
            return Err(FormatError::NotABundle);
        }
        let Some((fixed, rest)) = bytes.split_first_chunk::<HEADER_LENGTH>() else {
            return Err(truncated(HEADER_LENGTH as u64));
        };
        let mut fields = FieldReader(&fixed[MAGIC.len()..]);

        // The version comes first, because the rest of the layout depends on it.
        let version = fields.u32();
        if version != FORMAT_VERSION {
            return Err(FormatError::UnsupportedVersion { found: version, supported: FORMAT_VERSION });
        }
        let count = fields.u32();
        if !(1..=MAX_SECTIONS).contains(&count) {
            return Err(FormatError::malformed(format!(
                "it claims {count} sections, and may have 1 to {MAX_SECTIONS}"
            )));
        }
        let length = fields.u64();
        let id = BundleId::from_bytes(fields.array());
        if fields.u64() != 0 {
            return Err(FormatError::malformed("reserved bytes of the header are not zero"));
        }

        let table_length = count as usize * ENTRY_LENGTH;
        let Some(table) = rest.get(..table_length) else {
            return Err(truncated(length.max(table_end(count as usize))));
        };
        // From here on the table is the writer's, unless an attacker forged the hash as well. The remaining checks
        // ensure that even a forged table causes only an error.
        if table_hash(&bytes[..HEADER_LENGTH + table_length]) != id {
            return Err(FormatError::Altered { section: "section table".to_owned() });
        }
        if found < length {
            return Err(truncated(length));
        }

        let mut fields = FieldReader(table);
        let mut sections = Vec::with_capacity(count as usize);
        for _ in 0..count {
            sections.push(Section::decode(&mut fields)?);
        }
        let header = Self { id, length, sections };
        header.check_places()?;
        Ok(header)
    }

    /// Checks order, alignment and bounds. Each section has only one valid place, so this excludes overlaps and gaps.
    fn check_places(&self) -> Result<(), FormatError> {
        let mut end = table_end(self.sections.len());
        let mut previous = None;
        for section in &self.sections {
            let kind = section.kind;
            if previous.is_some_and(|previous| previous >= kind.number()) {
                return Err(FormatError::malformed(format!(
                    "the {kind} section is out of order or appears twice"
                )));
            }
            previous = Some(kind.number());
            if Some(section.offset) != align(end) {
                return Err(FormatError::malformed(format!("the {kind} section is not in its place")));
            }
            end = section
                .offset
                .checked_add(section.stored_length)
                .filter(|end| *end <= self.length)
                .ok_or_else(|| FormatError::malformed(format!("the {kind} section goes past the end")))?;
        }
        if end != self.length {
            return Err(FormatError::malformed("bytes follow the last section"));
        }
        if self.sections.first().map(|first| first.kind) != Some(SectionKind::Manifest) {
            return Err(FormatError::MissingSection { kind: SectionKind::Manifest });
        }
        Ok(())
    }
}

impl Section {
    fn decode(fields: &mut FieldReader<'_>) -> Result<Self, FormatError> {
        let kind = SectionKind::from_number(fields.u32());
        let flags = fields.u32();
        let encoding = Encoding::from_number(fields.u32());
        let reserved = fields.u32();
        let section = Self {
            kind,
            optional: flags & FLAG_OPTIONAL != 0,
            encoding,
            offset: fields.u64(),
            stored_length: fields.u64(),
            raw_length: fields.u64(),
            raw_hash: fields.array(),
            stored_hash: fields.array(),
        };
        // An unknown section may use new flags and encodings, as long as it is optional.
        if let SectionKind::Other(_) = kind {
            if !section.optional {
                return Err(FormatError::malformed(format!(
                    "it needs a section of {kind}, which this eryx release does not know"
                )));
            }
        } else if flags & !FLAG_OPTIONAL != 0 || matches!(encoding, Encoding::Other(_)) || reserved != 0 {
            return Err(FormatError::malformed(format!("the {kind} section has unknown flags or encoding")));
        }
        if section.raw_length > MAX_RAW_LENGTH {
            return Err(too_large(&section));
        }
        if encoding == Encoding::Raw && section.raw_length != section.stored_length {
            return Err(FormatError::malformed(format!(
                "the {kind} section is raw but its two lengths differ"
            )));
        }
        Ok(section)
    }
}

fn too_large(section: &Section) -> FormatError {
    FormatError::malformed(format!(
        "the {} section has {} bytes, and at most {MAX_RAW_LENGTH} are allowed",
        section.kind, section.raw_length
    ))
}

/// Computes the hash of a header and table, without the id field and the zeros after it.
fn table_hash(start: &[u8]) -> BundleId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&start[..24]);
    hasher.update(&start[HEADER_LENGTH..]);
    BundleId::from_bytes(hasher.finalize().into())
}

/// Takes fixed-size fields off the front of a slice whose length was checked.
struct FieldReader<'a>(&'a [u8]);

impl FieldReader<'_> {
    fn array<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_first_chunk::<N>().expect("the caller checked the length");
        self.0 = rest;
        *field
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }
}
