//! **declare**: the user's declaration of a bundle, in any of its forms.
//!
//! A declaration is a set of keys. They are written in a crate's `Cargo.toml` under `[package.metadata.eryx]`, at the
//! top level of an `eryx.toml`, in a call of `embed!`, or in builder calls. Each form becomes one [`Spec`].
//!
//! | key | meaning |
//! | --- | --- |
//! | `name` | name of the bundle in `eryx.lock`; by default that of the crate |
//! | `packages` | requirements (PEP 508), or paths of wheels, sdists and source trees |
//! | `extras`, `groups` | further parts of the `pyproject.toml` or `pylock.toml` to include |
//! | `pylock` | a `pylock.toml` (PEP 751), whose packages are added to `packages`, pinned |
//! | `constraints` | requirements that narrow versions of other packages, and add none |
//! | `prereleases` | whether pre-releases are eligible for every project |
//! | `exclude-newer` | a date or time; later uploads are ignored |
//! | `index-url` | the package index to ask |
//! | `extra-index-urls` | indexes to ask before it |
//! | `find-links` | folders and pages with wheels and sdists |
//! | `imports` | modules to import before the snapshot is taken |
//! | `python` | folder of the user's own modules, relative to the declaring file |
//! | `cpu` | CPU baseline: see [`Cpu`] |
//! | `fuel` | whether the code counts its instructions, so that they can be limited; this makes it slower |
//! | `compression` | `"zstd"`, `"zstd-max"` (smaller, takes longer to build) or `"none"` |
//! | `stdlib` | parts of the standard library to keep that are [left out](crate::stdlib::left_out) otherwise |
//! | `fuse` | whether core modules are fused into one; `true` by default, `false` as a workaround |
//! | `build-wall-time`, `build-cpu-time`, `build-memory` | limits for Python that the build runs: see [`Allowance`](crate::bounds::Allowance) |
//!
//! An unknown key is an error, because a misspelt `imports` would silently lose the warm start. Errors name the place
//! (`Cargo.toml:12:1`) if there is one. They carry a [`Blame`](crate::error::Blame) for callers, such as the macro,
//! that know better places.

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
