//! Sections: the parts of a bundle.

use std::fmt;

/// What a section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SectionKind {
    /// The [`Manifest`](super::Manifest), as JSON.
    Manifest,
    /// Machine code compiled ahead of time (`cwasm`).
    Code,
    /// The packed read-only file tree.
    Tree,
    /// Linear memory as every sandbox finds it, from address zero on; what is not in it is zero.
    Image,
    /// What the bundle is made of, as a CycloneDX document (JSON). Nothing at run time needs it.
    Materials,
    /// A kind this version does not know. Always optional.
    Other(u32),
}

impl SectionKind {
    /// The number in the table.
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

    /// The kind with this number.
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

/// How the bytes of a section are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// As they are.
    Raw,
    /// One zstd frame.
    Zstd,
    /// An encoding this version does not know; only in sections of unknown kind.
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

/// One entry of the section table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Section {
    /// What the section holds.
    pub kind: SectionKind,
    /// Whether a reader that does not know the kind may go on.
    pub optional: bool,
    /// How it is stored.
    pub encoding: Encoding,
    /// Where it starts, in bytes from the start of the bundle.
    pub offset: u64,
    /// Bytes it takes in the bundle.
    pub stored_length: u64,
    /// Bytes it has when decoded.
    pub raw_length: u64,
    /// BLAKE3 of the decoded bytes.
    pub raw_hash: [u8; 32],
    /// BLAKE3 of the bytes in the bundle.
    pub stored_hash: [u8; 32],
}
