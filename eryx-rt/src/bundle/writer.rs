//! Writing a bundle, the same bytes for the same input.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::error::FormatError;
use super::header::Header;
use super::id::BundleId;
use super::manifest::Manifest;
use super::reader::Reader;
use super::section::{Encoding, Section, SectionKind};

/// How sections are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As they are: the largest file, the fastest first start.
    None,
    /// With zstd at this level, 1 to 22. Sections that would not shrink are stored as they are.
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
/// The manifest is always stored uncompressed, so that it can be read with no more than a pager.
#[derive(Debug, Clone)]
pub struct Writer<'a> {
    // Ordered by kind, as the file is: the order of calls makes no difference to the bytes.
    sections: BTreeMap<u32, SectionContent<'a>>,
}

/// What a section will hold.
#[derive(Debug, Clone)]
enum SectionContent<'a> {
    /// Bytes that are not encoded yet.
    Raw(Cow<'a, [u8]>),
    /// A section of another bundle, with its table entry there.
    Stored(Section, &'a [u8]),
}

impl<'a> Writer<'a> {
    /// A bundle of only a manifest.
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
    /// Sections of a kind this version does not know are marked optional: its readers could not use them.
    #[must_use]
    pub fn section(mut self, kind: SectionKind, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        self.sections.insert(kind.number(), SectionContent::Raw(bytes.into()));
        self
    }

    /// Adds a section as another bundle stores it: what has been compressed once need not be again.
    ///
    /// # Errors
    /// When the other bundle has no such section, or has been damaged.
    pub fn copied(mut self, from: &Reader<'a>, kind: SectionKind) -> Result<Self, FormatError> {
        let (section, stored) = from.checked(kind)?;
        self.sections.insert(kind.number(), SectionContent::Stored(section, stored));
        Ok(self)
    }

    /// The whole bundle as bytes.
    pub fn finish(self, compression: Compression) -> Result<Vec<u8>, FormatError> {
        let mut bytes = Vec::new();
        self.finish_to(compression, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes the whole bundle, and says its id.
    pub fn finish_to(self, compression: Compression, to: &mut impl Write) -> Result<BundleId, FormatError> {
        let mut sections = Vec::with_capacity(self.sections.len());
        let mut contents = Vec::with_capacity(self.sections.len());
        // One thread for each section, and one frame for each: how the work is cut does not depend on the machine.
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

/// A section as it will be stored, and its table entry without the offset.
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
