//! **sdist**: reads sdists and source trees, which are untrusted, and defines the interface for building wheels from
//! them.
//!
//! Limits apply to the unpacked bytes of an archive and to the number of its files. For example, a `.tar.gz` of a few
//! kilobytes cannot fill the memory.

mod archive;
#[cfg(fuzzing)]
pub mod fuzzing;
mod pkg_info;
mod source_builder;
mod source_files;
mod source_tree;
mod tarball;
mod tree;

pub(crate) use self::archive::unpack;
pub(crate) use self::pkg_info::pkg_info;
pub use self::source_builder::SourceBuilder;
pub(crate) use self::source_files::SourceFiles;
pub use self::source_tree::SourceTree;
pub(crate) use self::tree::{hash, read};
