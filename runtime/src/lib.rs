//! The guest ABI of eryx: the only crate that knows the contents of a sandbox and its interface.
//!
//! | file | content |
//! | --- | --- |
//! | `wit/sandbox.wit` | the contract between host and guest |
//! | `guest/guest.c` | the guest library: passes each WIT call to a Python function |
//! | `guest/libguest.so` | the same, compiled; `rebuild/` reproduces it byte for byte |
//! | `compat/` | the same for the compat library: functions that libraries made for Emscripten import |
//! | `python/eryx/` | the guest's Python side: sessions, streams, helpers for build time |
//! | [`base`] | the base runtime: pins of CPython and libc for WASI, and functions that take them out of their wheel |
//! | [`bindings`] | Rust bindings of the WIT world |
//!
//! Features: `bindings` for hosts that run bundles, `base` for hosts that build them.

#[cfg(feature = "base")]
pub mod base;
#[cfg(feature = "bindings")]
pub mod bindings;

/// The version of this crate.
#[doc(hidden)]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version of the interpreter.
pub const PYTHON_VERSION: &str = "3.14.0";

/// Locations in the guest's file tree. Absolute guest paths, without a slash at the end.
pub mod layout {
    /// `sys.prefix`.
    pub const PREFIX: &str = "/usr";
    /// The standard library.
    pub const STDLIB: &str = "/usr/lib/python3.14";
    /// Distributions from the index.
    pub const SITE_PACKAGES: &str = "/usr/lib/python3.14/site-packages";
    /// The guest's own Python files: the package `eryx`, and stand-ins.
    pub const ERYX: &str = "/usr/lib/eryx";
    /// The user's own modules. First on `sys.path`, as a script's folder is.
    pub const APP: &str = "/app";
}
