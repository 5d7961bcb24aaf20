//! Reads a bundle from memory, without trusting its bytes.

use std::io::Write;

use zstd::stream::raw::{Decoder, Operation};

use super::error::FormatError;
use super::header::{Header, table_end};
use super::id::BundleId;
use super::manifest::Manifest;
use super::section::{Encoding, Section, SectionKind};

/// Size of the pieces in which decoded bytes are written: large enough to make system calls rare, and small enough that
/// a piece is still in the processor's cache when it is hashed and written.
const CHUNK: usize = 256 << 10;

/// Maximum length of a manifest. Real ones are far smaller; the limit keeps a forged one from exhausting memory.
const MAX_MANIFEST_LENGTH: u64 = 16 << 20;

/// A bundle in memory whose structure has been checked.
///
/// Creating one is cheap (see the [module docs](super)); section bytes are checked when they are read.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    header: Header,
}

impl<'a> Reader<'a> {
    /// Checks that `bytes` are exactly one bundle, apart from the content of its sections.
    pub fn new(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let reader = Self::at_start(bytes)?;
        let extra = bytes.len() - reader.bytes.len();
        if extra > 0 {
            return Err(FormatError::malformed(format!("{extra} bytes follow its end")));
        }
        Ok(reader)
    }

    /// Reads a bundle at the start of `bytes`; other bytes may follow it.
    pub(super) fn at_start(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let header = Header::decode(bytes)?;
        // `decode` has checked that `bytes` has at least `length` bytes.
        Ok(Self { bytes: &bytes[..header.length as usize], header })
    }

    /// The id of this bundle. Equal ids mean equal content.
    pub fn id(&self) -> BundleId {
        self.header.id
    }

    /// The bytes of the whole bundle.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The section table, in file order.
    pub fn sections(&self) -> &[Section] {
        &self.header.sections
    }

    /// The table entry of one section.
    pub fn section(&self, kind: SectionKind) -> Option<&Section> {
        self.header.sections.iter().find(|section| section.kind.number() == kind.number())
    }

    /// Returns the manifest, checked against its hash.
    pub fn manifest(&self) -> Result<Manifest, FormatError> {
        let section = self.entry(SectionKind::Manifest)?;
        if section.raw_length > MAX_MANIFEST_LENGTH {
            return Err(FormatError::malformed(format!("its manifest has {} bytes", section.raw_length)));
        }
        serde_json::from_slice(&self.read_section(SectionKind::Manifest)?).map_err(FormatError::Manifest)
    }

    /// Returns the decoded bytes of a section, checked against their hash.
    pub fn read_section(&self, kind: SectionKind) -> Result<Vec<u8>, FormatError> {
        // The claimed length is only a hint, because a forged table could exhaust memory. The vector grows with the
        // decoded bytes.
        let hint = self.entry(kind)?.raw_length.min(32 * CHUNK as u64) as usize;
        let mut bytes = Vec::with_capacity(hint);
        self.copy_section(kind, &mut bytes)?;
        Ok(bytes)
    }

    /// Decodes a section into `to` piece by piece, and checks length and hash.
    ///
    /// Bytes reach `to` before the check is complete, so discard them after an error. Errors of `to` itself are
    /// returned as [`FormatError::Write`].
    pub fn copy_section(&self, kind: SectionKind, to: &mut impl Write) -> Result<(), FormatError> {
        let section = self.entry(kind)?;
        let mut hasher = blake3::Hasher::new();
        let mut put = |piece: &[u8]| {
            hasher.update(piece);
            to.write_all(piece).map_err(|error| FormatError::write(kind, error))
        };
        let stored = self.stored(section);
        match section.encoding {
            Encoding::Raw => stored.chunks(CHUNK).try_for_each(&mut put)?,
            Encoding::Zstd => decompress(section, stored, &mut put)?,
            Encoding::Other(number) => {
                return Err(FormatError::malformed(format!(
                    "the {kind} section has unknown encoding {number}"
                )));
            }
        }
        if hasher.finalize() != section.raw_hash {
            return Err(FormatError::altered(kind));
        }
        Ok(())
    }

    /// Checks every byte of the bundle: all sections, both stored and decoded, and that the gaps are zero.
    ///
    /// For tools. Programs that run bundles need not call it, because they check the bytes that they read.
    pub fn verify(&self) -> Result<(), FormatError> {
        let mut end = table_end(self.header.sections.len()) as usize;
        for section in &self.header.sections {
            let gap = &self.bytes[end..section.offset as usize];
            if gap.iter().any(|byte| *byte != 0) {
                return Err(FormatError::Altered {
                    section: format!("gap before the {} section", section.kind),
                });
            }
            let stored = self.stored(section);
            if blake3::hash(stored) != section.stored_hash {
                return Err(FormatError::altered(section.kind));
            }
            if !matches!(section.encoding, Encoding::Other(_)) {
                self.copy_section(section.kind, &mut std::io::sink())?;
            }
            end = section.offset as usize + stored.len();
        }
        self.manifest().map(drop)
    }

    /// Returns the table entry of a required section.
    pub(crate) fn entry(&self, kind: SectionKind) -> Result<&Section, FormatError> {
        self.section(kind).ok_or(FormatError::MissingSection { kind })
    }

    /// Returns the table entry of a section and its stored bytes, checked against their hash.
    pub(super) fn checked(&self, kind: SectionKind) -> Result<(Section, &'a [u8]), FormatError> {
        let section = self.entry(kind)?;
        let stored = self.stored(section);
        if blake3::hash(stored) != section.stored_hash {
            return Err(FormatError::altered(kind));
        }
        Ok((*section, stored))
    }

    /// Returns the stored bytes of a section.
    fn stored(&self, section: &Section) -> &'a [u8] {
        // `Header::decode` has checked that the section lies within the bundle.
        &self.bytes[section.offset as usize..][..section.stored_length as usize]
    }
}

/// Decodes one zstd frame. It must consume all of `stored` and give exactly `raw_length` bytes.
fn decompress(
    section: &Section,
    mut stored: &[u8],
    put: &mut impl FnMut(&[u8]) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let kind = section.kind;
    let altered = || FormatError::altered(kind);
    let mut decoder = Decoder::new().map_err(|error| FormatError::write(kind, error))?;
    let mut buffer = vec![0; CHUNK.min(section.raw_length as usize).max(1)];
    let mut left = section.raw_length;
    loop {
        let status = decoder.run_on_buffers(stored, &mut buffer).map_err(|_| altered())?;
        stored = &stored[status.bytes_read..];
        left = left.checked_sub(status.bytes_written as u64).ok_or_else(altered)?;
        put(&buffer[..status.bytes_written])?;
        if status.remaining == 0 {
            // The frame is complete. Additional or missing bytes mean that it was altered.
            return if stored.is_empty() && left == 0 { Ok(()) } else { Err(altered()) };
        }
        if status.bytes_read == 0 && status.bytes_written == 0 {
            return Err(altered());
        }
    }
}
