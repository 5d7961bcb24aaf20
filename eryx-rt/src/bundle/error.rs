//! Errors of the bundle format.

use std::io;

use super::section::SectionKind;

/// An error of a bundle. The message says how to fix it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The bytes do not start with the magic of a bundle.
    #[error(
        "this is not an eryx bundle: it does not start with the magic bytes; make one with `cargo eryx bundle`"
    )]
    NotABundle,

    /// A newer or much older tool wrote the bundle.
    #[error(
        "the bundle has format version {found}, and this program reads version {supported}; \
         rebuild it with the `cargo eryx bundle` of the same eryx release as this program"
    )]
    UnsupportedVersion {
        /// Version in the file.
        found: u32,
        /// Version that this reader supports.
        supported: u32,
    },

    /// The file is truncated.
    #[error(
        "the bundle is cut off: it should have {expected} bytes and has {found}; \
         copy it again, or rebuild it with `cargo eryx bundle`"
    )]
    Truncated {
        /// Length according to the header (or the minimum length of a header).
        expected: u64,
        /// Actual length.
        found: u64,
    },

    /// The bytes differ from those that were written.
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
        /// The broken rule and its place.
        what: String,
    },

    /// The bundle lacks a section that the caller needs.
    #[error("the bundle has no {kind} section; rebuild it with `cargo eryx bundle`")]
    MissingSection {
        /// The missing section.
        kind: SectionKind,
    },

    /// The manifest is not JSON that this version understands.
    #[error(
        "the manifest of the bundle cannot be read; rebuild it with `cargo eryx bundle` of this eryx release"
    )]
    Manifest(#[source] serde_json::Error),

    /// The bundle is valid, but writing the decoded or encoded bytes failed.
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
