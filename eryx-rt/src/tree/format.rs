//! Constants of the layout that the [module docs](super) describe.

pub(super) const MAGIC: &[u8; 8] = b"ERYXTREE";
pub(super) const VERSION: u32 = 1;
pub(super) const HEADER: usize = 24;
pub(super) const NODE: usize = 32;
pub(super) const CONTENT_ALIGN: usize = 16;
pub(super) const FOLDER: u32 = 0;
pub(super) const FILE: u32 = 1;
