//! The packed file tree: every file that a sandbox can see, in one read-only block that is mapped and never unpacked.
//!
//! Layout, all numbers little-endian:
//!
//! | bytes | content |
//! | --- | --- |
//! | 8 | magic `ERYXTREE` |
//! | 4 | format version |
//! | 4 | number of nodes, at least 1 |
//! | 8 | length of the whole block |
//! | 32 × nodes | node: name offset `u32`, name length `u32`, kind `u32` (0 folder, 1 file), zero `u32`, `a u64`, `b u64` |
//! | … | names, one after another |
//! | … | contents, each at a multiple of 16 |
//!
//! Node 0 is the root. A folder's `a` is the number of its first child, and `b` is its number of children. Children are
//! adjacent and sorted by name, so a look-up is one binary search per path component. A file's `a` is the offset of its
//! content, and `b` is its length. Children always come after their folder, which rules out cycles.

mod builder;
mod format;
mod layers;
mod reader;

pub use builder::{TreeBuilder, TreeBuilderError};
pub use reader::{Node, NodeKind, Tree, TreeError};
