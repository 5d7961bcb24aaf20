//! Bytecode: every `.py` file gets its `.pyc`, compiled by the guest itself.
//!
//! The files are unchecked-hash `.pyc`s (PEP 552): they have no time stamp, and Python never compares them with their
//! source. The bytecode of a file may depend on files that the same interpreter compiled before, because of shared
//! constants. So files are compiled in portions, each by a new interpreter, and the result depends only on the
//! portion's list of files.

mod compile;
mod files;
mod invalid_source;
mod with_bytecode;

pub use self::files::GuestFiles;
pub(crate) use self::files::pack;
pub(crate) use self::with_bytecode::with_bytecode;
