//! Files that come from outside of a sandbox: [`FileSystem`], and folders of the host as one.

pub use crate::host::{Answer, Entry, FileKind, FileSystem, HostFolder, How, Metadata, OpenFile};
