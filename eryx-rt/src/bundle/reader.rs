//! Reading a bundle out of memory, trusting nothing.

use std::io::Write;

use zstd::stream::raw::{Decoder, Operation};

use super::error::FormatError;
use super::header::{Header, table_end};
use super::id::BundleId;
use super::manifest::Manifest;
use super::section::{Encoding, Section, SectionKind};

/// Decoded bytes go out in pieces of this size: big enough to make system calls rare, small enough that a piece is
/// still in the processor's cache when it is hashed and written.
const CHUNK: usize = 256 << 10;

/// No real manifest comes near this; it keeps a forged one from taking the memory of the process.
const MAX_MANIFEST_LENGTH: u64 = 16 << 20;

/// A bundle in memory whose structure has been checked.
///
/// Making one is cheap (see the [module docs](super)); section bytes are checked as they are read.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    header: Header,
}

impl<'a> Reader<'a> {
    /// Checks that `bytes` are one whole bundle, no byte less or more, apart from what is inside the sections.
    pub fn new(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let reader = Self::at_start(bytes)?;
        let extra = bytes.len() - reader.bytes.len();
        if extra > 0 {
            return Err(FormatError::malformed(format!("{extra} bytes follow its end")));
        }
        Ok(reader)
    }

    /// A bundle with anything after it.
    pub(super) fn at_start(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let header = Header::decode(bytes)?;
        // `decode` made sure that `length` bytes are there.
        Ok(Self { bytes: &bytes[..header.length as usize], header })
    }

    /// The name of this bundle; equal names mean equal content.
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

    /// The manifest, checked against its hash.
    pub fn manifest(&self) -> Result<Manifest, FormatError> {
        let section = self.entry(SectionKind::Manifest)?;
        if section.raw_length > MAX_MANIFEST_LENGTH {
            return Err(FormatError::malformed(format!("its manifest has {} bytes", section.raw_length)));
        }
        serde_json::from_slice(&self.read_section(SectionKind::Manifest)?).map_err(FormatError::Manifest)
    }

    /// The decoded bytes of a section, checked against their hash.
    pub fn read_section(&self, kind: SectionKind) -> Result<Vec<u8>, FormatError> {
        // The claimed length is a hint only, or a lying table could take the memory of the process: the vector grows
        // with the bytes that are really there.
        let hint = self.entry(kind)?.raw_length.min(32 * CHUNK as u64) as usize;
        let mut bytes = Vec::with_capacity(hint);
        self.copy_section(kind, &mut bytes)?;
        Ok(bytes)
    }

    /// Decodes a section into `to` piece by piece, and checks length and hash.
    ///
    /// Bytes reach `to` before the check is complete: after an error, throw away what was written.
    /// Errors of `to` itself come back as [`FormatError::Write`].
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

    /// Checks every byte of the bundle: all sections as stored and as decoded, and that the gaps are zero.
    ///
    /// For tools; programs that run bundles need not, as they check what they read.
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

    /// The entry of a section that has to be there.
    pub(crate) fn entry(&self, kind: SectionKind) -> Result<&Section, FormatError> {
        self.section(kind).ok_or(FormatError::MissingSection { kind })
    }

    /// A section as it is in the bundle, checked against its hash, with its entry in the table.
    pub(super) fn checked(&self, kind: SectionKind) -> Result<(Section, &'a [u8]), FormatError> {
        let section = self.entry(kind)?;
        let stored = self.stored(section);
        if blake3::hash(stored) != section.stored_hash {
            return Err(FormatError::altered(kind));
        }
        Ok((*section, stored))
    }

    /// The bytes of a section as they are in the bundle.
    fn stored(&self, section: &Section) -> &'a [u8] {
        // `Header::decode` checked that the section lies within the bundle.
        &self.bytes[section.offset as usize..][..section.stored_length as usize]
    }
}

/// Decodes one zstd frame that must be `stored` exactly and give `raw_length` bytes exactly.
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
            // The frame is complete. Anything after it, or anything missing, is not ours.
            return if stored.is_empty() && left == 0 { Ok(()) } else { Err(altered()) };
        }
        if status.bytes_read == 0 && status.bytes_written == 0 {
            return Err(altered());
        }
    }
}
