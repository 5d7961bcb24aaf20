//! Sections: the parts of a bundle.

use std::fmt;

/// The kind of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SectionKind {
    /// The [`Manifest`](super::Manifest), as JSON.
    Manifest,
    /// Machine code compiled ahead of time (`cwasm`).
    Code,
    /// The packed read-only file tree.
    Tree,
    /// Initial linear memory of every sandbox, from address zero on. The memory behind it is zero.
    Image,
    /// The bill of materials, as a CycloneDX document (JSON). It is not used at run time.
    Materials,
    /// A kind that this version does not know. Always optional.
    Other(u32),
}

impl SectionKind {
    /// Its number in the section table.
    pub const fn number(self) -> u32 {
        match self {
            Self::Manifest => 1,
            Self::Code => 2,
            Self::Tree => 3,
            Self::Image => 4,
            Self::Materials => 5,
            Self::Other(number) => number,
        }
    }

    /// Returns the kind with this number.
    pub const fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Manifest,
            2 => Self::Code,
            3 => Self::Tree,
            4 => Self::Image,
            5 => Self::Materials,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for SectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest => f.write_str("manifest"),
            Self::Code => f.write_str("code"),
            Self::Tree => f.write_str("tree"),
            Self::Image => f.write_str("image"),
            Self::Materials => f.write_str("materials"),
            Self::Other(number) => write!(f, "kind {number}"),
        }
    }
}

/// The encoding of a section's stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Not encoded.
    Raw,
    /// One zstd frame.
    Zstd,
    /// An encoding that this version does not know; only in sections of unknown kind.
    Other(u32),
}

impl Encoding {
    pub(super) const fn number(self) -> u32 {
        match self {
            Self::Raw => 0,
            Self::Zstd => 1,
            Self::Other(number) => number,
        }
    }

    pub(super) const fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Raw,
            1 => Self::Zstd,
            other => Self::Other(other),
        }
    }
}

/// An entry of the section table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Section {
    /// The kind of the section.
    pub kind: SectionKind,
    /// Whether a reader that does not know the kind may ignore the section.
    pub optional: bool,
    /// The encoding of the stored bytes.
    pub encoding: Encoding,
    /// Offset from the start of the bundle, in bytes.
    pub offset: u64,
    /// Length in the bundle, in bytes.
    pub stored_length: u64,
    /// Decoded length, in bytes.
    pub raw_length: u64,
    /// BLAKE3 of the decoded bytes.
    pub raw_hash: [u8; 32],
    /// BLAKE3 of the stored bytes.
    pub stored_hash: [u8; 32],
}
