//! Why bytes are not a usable bundle.

use std::io;

use super::section::SectionKind;

/// What is wrong with a bundle, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The bytes do not start with the magic of a bundle.
    #[error(
        "this is not an eryx bundle: it does not start with the magic bytes; make one with `cargo eryx bundle`"
    )]
    NotABundle,

    /// The bundle was written by a newer or much older tool.
    #[error(
        "the bundle has format version {found}, and this program reads version {supported}; \
         rebuild it with the `cargo eryx bundle` of the same eryx release as this program"
    )]
    UnsupportedVersion {
        /// Version in the file.
        found: u32,
        /// Version this reader knows.
        supported: u32,
    },

    /// The file ends too early.
    #[error(
        "the bundle is cut off: it should have {expected} bytes and has {found}; \
         copy it again, or rebuild it with `cargo eryx bundle`"
    )]
    Truncated {
        /// Bytes the header promises (or the least a header needs).
        expected: u64,
        /// Bytes there are.
        found: u64,
    },

    /// Bytes are not the ones that were written.
    #[error(
        "the {section} of the bundle was altered after it was built; \
         copy it again, or rebuild it with `cargo eryx bundle`"
    )]
    Altered {
        /// The part whose hash differs, such as `code section`.
        section: String,
    },

    /// The bytes break a rule of the format.
    #[error("the bundle is malformed: {what}; rebuild it with `cargo eryx bundle`")]
    Malformed {
        /// The rule and where it is broken.
        what: String,
    },

    /// A section that the caller needs is not there.
    #[error("the bundle has no {kind} section; rebuild it with `cargo eryx bundle`")]
    MissingSection {
        /// The section asked for.
        kind: SectionKind,
    },

    /// The manifest is not the JSON this version understands.
    #[error(
        "the manifest of the bundle cannot be read; rebuild it with `cargo eryx bundle` of this eryx release"
    )]
    Manifest(#[source] serde_json::Error),

    /// The bundle is fine, but the decoded or encoded bytes could not be handed on.
    #[error("writing the {section} failed")]
    Write {
        /// The part being written, such as `code section`.
        section: String,
        /// The error of the destination.
        #[source]
        source: io::Error,
    },
}

impl FormatError {
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed { what: what.into() }
    }

    pub(crate) fn altered(kind: SectionKind) -> Self {
        Self::Altered { section: format!("{kind} section") }
    }

    pub(crate) fn write(kind: SectionKind, source: io::Error) -> Self {
        Self::Write { section: format!("{kind} section"), source }
    }
}
