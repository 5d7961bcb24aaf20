//! Files that come from outside of a sandbox: [`FileSystem`], and folders of the host as one.

/// The bytes that an [`OpenFile`] gives and is given.
pub use bytes::Bytes;

pub use crate::host::{Answer, Entry, FileKind, FileSystem, HostFolder, How, Metadata, OpenFile, Parts};
