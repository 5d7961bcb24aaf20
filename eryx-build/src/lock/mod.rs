//! **lock**: `eryx.lock`, which stores the result of resolving beside the declaration.
//!
//! Each folder with declarations has one file, with one section per bundle. A section stores the inputs of the
//! resolution and the chosen file of each distribution, so that a build with an unchanged declaration asks no index.
//! `docs/lock.md` describes the format.
//!
//! Builds call [`pins`]; `cargo eryx lock` calls [`update`]; [`add`] and [`remove`] also change the declaration.

mod cargo_sources;
mod changes;
mod declared_lock;
mod edit;
mod flow;
#[cfg(fuzzing)]
pub mod fuzzing;
mod inputs;
mod local;
mod lock_file;
mod read;
mod section;
mod upgrade;
mod write;

pub use self::changes::Change;
pub use self::declared_lock::LockedPins;
pub use self::edit::{Edit, add, remove};
pub use self::flow::{Policy, Update, pins, update};
pub use self::inputs::LockInputs;
pub use self::lock_file::{FILE_NAME, LockFile, path_in};
pub use self::section::Section;
pub use self::upgrade::Upgrade;

#[cfg(test)]
mod tests;
