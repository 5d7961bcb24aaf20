//! Real CPython, sandboxed, with PyPI packages, inside a single Rust binary.
//!
//! ```ignore
//! use std::time::Duration;
//!
//! // At build time: wheels fetched and checked, linked with CPython for WebAssembly, imported, snapshot, compiled
//! // to machine code, embedded in this binary.
//! static PYTHON: eryx::Bundle = eryx::embed!(packages = ["tabulate==0.9.0"], imports = ["tabulate"]);
//!
//! # fn main() -> eryx::Result<()> {
//! let sandbox = eryx::Sandbox::builder()
//!     .with_bundle(&PYTHON)
//!     .with_limits(eryx::Limits::default().with_memory(256 << 20).with_wall_time(Duration::from_secs(2)))
//!     .build()?;
//! // At run time: a fresh, isolated interpreter for each execution.
//! let output = sandbox.execute_blocking("import tabulate; tabulate.tabulate([['a', 1]], tablefmt='github')")?;
//! println!("{:?}", output.value);
//! # Ok(())
//! # }
//! ```
//!
//! This crate is a facade: everything that runs is in [`eryx_rt`], [`embed!`] is in `eryx-macros`, and the building is
//! done by the cargo plugin `cargo-eryx`, which the macro calls.

#![deny(unsafe_code)]

#[cfg(feature = "build")]
pub mod build;

#[cfg(feature = "macros")]
pub use eryx_macros::{callback, embed};
#[cfg(feature = "network")]
pub use eryx_rt::network;
#[cfg(feature = "macros")]
pub use eryx_rt::schemars;
pub use eryx_rt::{
    BuildError, Bundle, BundleError, Callback, CallbackAnswer, CallbackError, CancelToken, Cause,
    ChainedException, Chunk, Code, CodeError, ConfigError, EngineError, Error, Event, EventKind, Events,
    Exception, Failure, FileInfo, FileSystem, Frame, IntoCallback, Json, Limits, Manifest, Mount, Output,
    PackageError, PublicKey, Relation, Result, Sandbox, SandboxBuilder, Session, SessionError, Slots,
    Snapshot, SnapshotError, Stats, Stdin, Stdio, Store, Stream, TreeError, UnrepresentableValue, Usage,
    Value, ValueError, bundle, files, store,
};

/// What `embed!` expands to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use eryx_rt::__private::*;
}
