//! The format of bundles: one `.eryx` file with everything that a sandbox needs.
//!
//! A bundle is a container of *sections*: the manifest, the machine code, the packed file tree and the start image. It
//! is made once, by `cargo eryx bundle` or `embed!`, and read at the start of every process that embeds it. So the
//! format has three goals, in this order: malformed data is never used, opening costs microseconds, and the file is
//! small.
//!
//! # Layout
//!
//! All integers are little-endian. The file is a fixed header, the section table, then the sections.
//!
//! | offset | bytes | header field |
//! | --- | --- | --- |
//! | 0 | 8 | magic, `89 45 52 59 58 0D 0A 1A` (`\x89ERYX\r\n\x1a`): text-mode transfers damage it visibly |
//! | 8 | 4 | format version, 1 |
//! | 12 | 4 | number of sections, 1 to 64 |
//! | 16 | 8 | length of the whole file |
//! | 24 | 32 | *bundle id*: BLAKE3 of bytes 0..24 followed by the section table |
//! | 56 | 8 | zero |
//!
//! Then one entry of 104 bytes for each section:
//!
//! | offset | bytes | entry field |
//! | --- | --- | --- |
//! | 0 | 4 | kind: 1 manifest (JSON), 2 code (`cwasm`), 3 tree (packed files), 4 image (linear memory), 5 bill of materials (CycloneDX JSON; optional) |
//! | 4 | 4 | flags: bit 0 = optional, a reader that does not know the kind may ignore the section |
//! | 8 | 4 | encoding: 0 raw, 1 one zstd frame |
//! | 12 | 4 | zero |
//! | 16 | 8 | offset of the section in the file |
//! | 24 | 8 | stored length, in bytes |
//! | 32 | 8 | raw length: bytes after decoding, at most 4 GiB |
//! | 40 | 32 | BLAKE3 of the raw bytes |
//! | 72 | 32 | BLAKE3 of the stored bytes |
//!
//! Given sections have exactly one valid layout: kinds ascend (so each appears at most once), each section starts at
//! the first multiple of 64 KiB after the end of the previous one, the gaps are zero, and the file ends with the last
//! section. So data cannot hide between sections, and the same input gives the same bytes.
//!
//! # Time of each check
//!
//! The table contains the hash of every section, and the id is the hash of the table. So [`Reader::new`] hashes a few
//! hundred bytes, and from then on [`Reader::id`] identifies the whole content. Section bytes are checked when they are
//! read, during decoding. [`Reader::verify`] checks every byte of the file, including the gaps.
//!
//! Hashes reveal damage, but not who made a bundle, and a bundle is native code.
//! [`Bundle::open_signed`](crate::Bundle::open_signed) checks a signature.
//!
//! ```
//! use eryx_rt::bundle::{Reader, SectionKind};
//!
//! # let manifest = eryx_rt::Manifest::new("3.14.0".into(), "abi".into(), "x-y-z".into(), "v2".into());
//! # let bytes = eryx_rt::__private::Writer::new(&manifest)
//! #     .section(SectionKind::Code, b"machine code").finish(eryx_rt::__private::Compression::default())?;
//! let reader = Reader::new(&bytes)?; // the content of an `.eryx` file
//! assert_eq!(reader.manifest()?.python_version, "3.14.0");
//! assert_eq!(reader.read_section(SectionKind::Code)?, b"machine code");
//! # Ok::<(), eryx_rt::bundle::FormatError>(())
//! ```

mod error;
mod find;
mod header;
mod id;
mod manifest;
mod reader;
mod section;
pub(crate) mod signature;
// For eryx-build, through `__private`: programs run bundles, but do not make them.
pub(crate) mod writer;

pub use error::FormatError;
pub use find::find;
pub use header::{ALIGNMENT, FORMAT_VERSION, MAGIC, MAX_RAW_LENGTH};
pub use id::{BundleId, ParseBundleIdError};
pub use manifest::{Entropy, Manifest, Package};
pub use reader::Reader;
pub use section::{Encoding, Section, SectionKind};
pub use signature::{PublicKey, SignatureError};
#[cfg(test)]
pub(crate) use writer::{Compression, Writer};

#[cfg(test)]
mod tests;
