//! Wheels: their names, their metadata and their files.
//!
//! The build side makes bundles of wheels; the run-time side mounts pure wheels on a bundle. Both read them with this
//! crate.
//!
//! A wheel is an untrusted zip archive, so this crate checks every claim in it. Names cannot lead out of a folder.
//! Sizes are counted while bytes are unpacked. Every file must be in `RECORD` with its hash, and the name and version
//! in the metadata must match the file name.

#![forbid(unsafe_code)]

mod archive;
pub mod bounds;
pub mod digest;
pub mod directory;
pub mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod guest;
mod install;
pub mod metadata;
mod name;
mod record;
mod tags;
// For the tests of crates that read wheels. A feature that only tests enable would compile every dependent crate twice,
// so this module has no feature.
#[doc(hidden)]
pub mod testing;
mod wheel;

pub use pep508_rs;

/// The version of this crate, a part of the build side's cache keys.
#[doc(hidden)]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use self::error::{Error, Result};
pub use self::install::{InstalledFile, is_native};
pub use self::metadata::Metadata;
pub use self::name::WheelName;
pub use self::tags::Refusal;
pub use self::wheel::{Wheel, raw_metadata};
