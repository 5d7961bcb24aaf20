//! Bytecode: every `.py` file gets its `.pyc`, compiled by the guest itself.
//!
//! The files are unchecked-hash `.pyc`s (PEP 552): they carry no time and are never compared with one. What the guest
//! makes of a file may depend on the files it compiled before (shared constants), so files are compiled in portions
//! that depend on nothing but their list, each by an interpreter of its own.

mod compile;
mod files;
mod invalid_source;
mod with_bytecode;

pub use self::files::GuestFiles;
pub(crate) use self::files::pack;
pub(crate) use self::with_bytecode::with_bytecode;
