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
mod file_size;
pub mod files;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
#[doc(hidden)]
pub mod host;
mod memory;
mod sandbox;
#[cfg(feature = "network")]
pub mod network {
    //! What sandboxes may reach over the network: nothing, unless a [`NetworkPolicy`] allows it.

    pub use crate::host::network::{NetworkPolicy, Resolver, Resolving, SystemResolver};
}
pub mod store;
pub mod tree;

pub use bundle::{Bundle, Manifest, PublicKey};
pub use error::{Error, Result};
pub use host::{
    Callback, CallbackAnswer, CallbackError, Chunk, Event, EventKind, Events, FileInfo, FileSystem,
    IntoCallback, Json, Mount, Stdin, Stdio,
};
pub use sandbox::{
    CancelToken, Cause, Chained, Code, Exception, Failure, Frame, Limits, Output, Relation, Sandbox,
    SandboxBuilder, Session, Slots, Snapshot, SnapshotError, Stats, Stream, Unrepresentable, Usage,
};
#[cfg(feature = "schema")]
pub use schemars;
pub use serde_json::Value;
pub use store::Store;

/// What `embed!` expands to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "schema")]
    pub use crate::host::{Parameter, Signature};
    #[cfg(feature = "packages")]
    pub use crate::sandbox::Late;
    // What eryx-build writes bundles with.
    pub use crate::bundle::writer::{Compression, Writer};
    use crate::{Bundle, Sandbox};

    /// The version of this crate, which is part of the build side's cache keys.
    pub const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// A bundle whose bytes the linker put into the program.
    ///
    /// # Safety
    /// As [`Bundle::from_bytes`].
    pub const unsafe fn embedded(bytes: &'static [u8]) -> Bundle {
        // SAFETY: the caller keeps the same contract.
        unsafe { Bundle::embedded(bytes) }
    }

    /// How many linear memories wait to be used by the sandbox's bundle, and how many of them differ from the start
    /// image: none, or one tenant would see what another has left.
    pub fn waiting_memories(sandbox: &Sandbox) -> (usize, usize) {
        let pool = sandbox.memories();
        pool.settle();
        pool.inspect()
    }

    /// Shows `look` all bytes of a session's linear memory. For tests that look for another tenant's data there.
    pub fn memory_of<R>(session: &mut crate::Session, look: impl FnOnce(&[u8]) -> R) -> Option<R> {
        session.look_at_memory(look)
    }

    pub use crate::memory::Reuse;

    /// Says what becomes of memories when sessions have ended. For benches.
    pub fn set_reuse(sandbox: &Sandbox, reuse: Reuse) {
        sandbox.memories().set_reuse(reuse);
    }

    /// A bundle that was left out, and why.
    pub const fn placeholder(why: &'static str) -> Bundle {
        Bundle::placeholder(why)
    }
}
