//! **lock**: `eryx.lock`, which keeps the answers of the resolver beside the declaration.
//!
//! One file for each folder with declarations, one section in it for each bundle by name. A section holds what was
//! asked for and which file stands for each distribution, so that a build whose declaration has not changed asks no
//! index. `docs/lock.md` describes the format.
//!
//! [`pins`] is what builds call; [`update`] is `cargo eryx lock`; [`add`] and [`remove`] change the declaration too.

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
