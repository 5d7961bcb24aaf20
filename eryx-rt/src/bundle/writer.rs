//! Writes a bundle. The same input gives the same bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::error::FormatError;
use super::header::Header;
use super::id::BundleId;
use super::manifest::Manifest;
use super::reader::Reader;
use super::section::{Encoding, Section, SectionKind};

/// The compression of sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// No compression: the largest file, and the fastest first start.
    None,
    /// zstd at this level, 1 to 22. Sections that would not shrink are stored raw.
    Zstd(i32),
}

impl Default for Compression {
    /// Level 9: on machine code and Python files within 1 % of the size of level 12, in less than half its time.
    fn default() -> Self {
        Self::Zstd(9)
    }
}

/// Collects the sections of a bundle, and writes it.
///
/// The manifest is always stored uncompressed, so that a pager can show it.
#[derive(Debug, Clone)]
pub struct Writer<'a> {
    // Ordered by kind, like the file, so the order of calls does not change the bytes.
    sections: BTreeMap<u32, SectionContent<'a>>,
}

/// The content of a section.
#[derive(Debug, Clone)]
enum SectionContent<'a> {
    /// Raw bytes, to be encoded.
    Raw(Cow<'a, [u8]>),
    /// A section of another bundle, with its table entry there.
    Stored(Section, &'a [u8]),
}

impl<'a> Writer<'a> {
    /// Creates a bundle with only a manifest.
    #[allow(clippy::missing_panics_doc)] // it cannot
    pub fn new(manifest: &Manifest) -> Self {
        let mut json =
            serde_json::to_vec_pretty(manifest).expect("a manifest has only strings, lists and numbers");
        json.push(b'\n');
        Self {
            sections: BTreeMap::from([(SectionKind::Manifest.number(), SectionContent::Raw(json.into()))]),
        }
    }

    /// Adds a section, or replaces the one of the same kind.
    ///
    /// Sections of a kind that this version does not know are marked optional, because its readers could not use them.
    #[must_use]
    pub fn section(mut self, kind: SectionKind, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        self.sections.insert(kind.number(), SectionContent::Raw(bytes.into()));
        self
    }

    /// Adds a section in the encoding of another bundle, which saves compressing it again.
    ///
    /// # Errors
    /// If the other bundle has no such section, or is damaged.
    pub fn copied(mut self, from: &Reader<'a>, kind: SectionKind) -> Result<Self, FormatError> {
        let (section, stored) = from.checked(kind)?;
        self.sections.insert(kind.number(), SectionContent::Stored(section, stored));
        Ok(self)
    }

    /// Returns the whole bundle as bytes.
    pub fn finish(self, compression: Compression) -> Result<Vec<u8>, FormatError> {
        let mut bytes = Vec::new();
        self.finish_to(compression, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes the whole bundle, and returns its id.
    pub fn finish_to(self, compression: Compression, to: &mut impl Write) -> Result<BundleId, FormatError> {
        let mut sections = Vec::with_capacity(self.sections.len());
        let mut contents = Vec::with_capacity(self.sections.len());
        // Each section has one thread and one frame, so the bytes do not depend on the machine.
        let encoded = std::thread::scope(|scope| {
            let encode = |(number, content)| match content {
                SectionContent::Raw(raw) => encode(SectionKind::from_number(number), raw, compression),
                SectionContent::Stored(section, stored) => Ok((section, Cow::Borrowed(stored))),
            };
            let threads = self.sections.into_iter().map(|one| scope.spawn(move || encode(one)));
            let threads: Vec<_> = threads.collect();
            let joined = threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            joined.collect::<Result<Vec<_>, _>>()
        })?;
        for (section, stored) in encoded {
            sections.push(section);
            contents.push(stored);
        }
        let header = Header::lay_out(sections)?;
        write(&header, &contents, to)
            .map_err(|source| FormatError::Write { section: "bundle".to_owned(), source })?;
        Ok(header.id)
    }
}

/// Encodes a section. Returns its table entry without the offset, and its stored bytes.
fn encode(
    kind: SectionKind,
    raw: Cow<'_, [u8]>,
    compression: Compression,
) -> Result<(Section, Cow<'_, [u8]>), FormatError> {
    let raw_length = raw.len() as u64;
    let raw_hash = blake3::hash(&raw).into();
    let (encoding, stored) = match compression {
        Compression::Zstd(level) if kind != SectionKind::Manifest => {
            let frame = zstd::bulk::compress(&raw, level).map_err(|error| FormatError::write(kind, error))?;
            if frame.len() < raw.len() { (Encoding::Zstd, frame.into()) } else { (Encoding::Raw, raw) }
        }
        _ => (Encoding::Raw, raw),
    };
    let section = Section {
        kind,
        optional: matches!(kind, SectionKind::Materials | SectionKind::Other(_)),
        encoding,
        offset: 0,
        stored_length: stored.len() as u64,
        raw_length,
        raw_hash,
        stored_hash: blake3::hash(&stored).into(),
    };
    Ok((section, stored))
}

fn write(header: &Header, contents: &[Cow<'_, [u8]>], to: &mut impl Write) -> io::Result<()> {
    let start = header.encode();
    let mut position = start.len() as u64;
    to.write_all(&start)?;
    for (section, stored) in header.sections.iter().zip(contents) {
        let gap = (section.offset - position) as usize; // less than ALIGNMENT
        to.write_all(&vec![0; gap])?;
        to.write_all(stored)?;
        position = section.offset + section.stored_length;
    }
    to.flush()
}
