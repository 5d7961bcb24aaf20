//! Run time of eryx: opens bundles of sandboxed CPython and hands out fresh, isolated interpreters.
//!
//! Nothing here compiles, resolves or downloads. Data goes one way:
//!
//! | step | module |
//! | --- | --- |
//! | open: read the container, check it, extract it once, map it | [`bundle`], [`store`] |
//! | instantiate: one engine in a process, one linked component in a bundle | [`engine`] |
//! | execute: a fresh interpreter with its limits, its files and its callbacks | [`Sandbox`], [`Session`], [`tree`] |
//!
//! Programs use the crate `eryx`, which adds the macro `embed!` to what is here.

pub mod bundle;
pub mod engine;
mod error;
#[doc(hidden)]
pub mod host;
mod sandbox;
pub mod store;
pub mod tree;

pub use bundle::{Bundle, Manifest};
pub use error::{Error, Result};
pub use host::{Answer, Callback, CallbackError, FileInfo, IntoCallback, Json, Mount, Stdio};
pub use sandbox::{Cause, Exception, Failure, Limits, Output, Sandbox, SandboxBuilder, Session};
#[cfg(feature = "schema")]
pub use schemars;
pub use serde_json::Value;
pub use store::Store;

/// What `embed!` expands to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    use crate::Bundle;
    #[cfg(feature = "schema")]
    pub use crate::host::{Parameter, Signature};

    /// A bundle whose bytes the linker put into the program.
    pub const fn embedded(bytes: &'static [u8]) -> Bundle {
        Bundle::embedded(bytes)
    }

    /// A bundle that was left out, and why.
    pub const fn placeholder(why: &'static str) -> Bundle {
        Bundle::placeholder(why)
    }
}
