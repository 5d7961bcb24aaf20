//! Wheels: their names, their metadata, and what is in them.
//!
//! The build side makes bundles of them, the run-time side mounts pure ones on a bundle; both read them here.
//!
//! A wheel is somebody else's zip archive. Nothing in it is believed that can be checked: names cannot lead out of
//! a folder, sizes are counted as bytes come out, every file must be in `RECORD` with its hash, and the name and
//! version inside must be those of the file's name.

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
// For the tests of those who read wheels. Not behind a feature: one that only tests turn on would have everything that
// depends on this crate compiled twice.
#[doc(hidden)]
pub mod testing;
mod wheel;

pub use pep508_rs;

/// The version of this crate, which is part of the build side's cache keys.
#[doc(hidden)]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use self::error::{Error, Result};
pub use self::install::{InstalledFile, is_native};
pub use self::metadata::Metadata;
pub use self::name::WheelName;
pub use self::tags::Refusal;
pub use self::wheel::{Wheel, raw_metadata};
