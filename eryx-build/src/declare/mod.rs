//! **declare**: what the user wants in the bundle, whatever the door it came through.
//!
//! A declaration is a handful of keys. They stand in a crate's `Cargo.toml` under `[package.metadata.eryx]`,
//! at the top of an `eryx.toml`, in a call of `embed!`, or in builder calls; all of them become one [`Spec`].
//!
//! | key | meaning |
//! | --- | --- |
//! | `name` | name of the bundle in `eryx.lock`; by default that of the crate |
//! | `packages` | requirements (PEP 508), or paths of wheels, sdists and source trees |
//! | `extras`, `groups` | what to take of the `pyproject.toml` or `pylock.toml` besides |
//! | `pylock` | a `pylock.toml` (PEP 751), whose packages are added to `packages`, pinned |
//! | `constraints` | requirements that narrow versions of what is needed anyway, and ask for nothing |
//! | `prereleases` | whether pre-releases are taken without being asked for |
//! | `exclude-newer` | a date or time; what was uploaded after it does not count |
//! | `index-url` | the package index to ask |
//! | `extra-index-urls` | indexes that are asked before it |
//! | `find-links` | folders and pages with wheels and sdists |
//! | `imports` | modules that are imported before the snapshot is taken |
//! | `python` | folder of the user's own modules, relative to the declaring file |
//! | `cpu` | CPU baseline: see [`Cpu`] |
//! | `fuel` | whether the code counts its instructions, so that they can be limited; it runs slower for it |
//! | `compression` | `"zstd"`, `"zstd-max"` (smaller, takes longer to build) or `"none"` |
//! | `stdlib` | parts of the standard library to keep that are [left out](crate::stdlib::left_out) otherwise |
//! | `fuse` | whether core modules are fused to one; `true` unless there is trouble with it |
//! | `build-wall-time`, `build-cpu-time`, `build-memory` | what Python that the build runs may use: see [`Allowance`](crate::bounds::Allowance) |
//!
//! A key that is not in the table is an error: a misspelt `imports` must not silently cost the warm start.
//! Errors name the place (`Cargo.toml:12:1`) where there is one, and carry a [`Blame`](crate::error::Blame) for
//! callers, such as the macro, that know the places better.

mod builder;
mod check;
mod compression;
mod cpu;
mod edit;
mod import;
mod item;
mod keys;
mod module_name;
mod parse;
mod read;
mod source;
mod spec;
mod suggestion;

pub use self::compression::Compression;
pub use self::cpu::Cpu;
pub use self::edit::Editor;
pub(crate) use self::import::check_hashes;
pub use self::item::path_item;
pub(crate) use self::item::{name_of, path_of};
pub use self::keys::{is_key, keys};
pub(crate) use self::source::{place_of, shown};
pub use self::spec::{DEFAULT_BUNDLE_NAME, Spec};
pub(crate) use self::suggestion::suggest;

#[cfg(test)]
mod tests;
