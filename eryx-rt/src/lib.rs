//! Run time of eryx: opens bundles of sandboxed CPython and hands out fresh, isolated interpreters.
//!
//! Nothing here compiles, resolves or downloads. Programs use the crate `eryx`, which adds the macro `embed!` to this
//! crate.
//!
//! # Modules
//!
//! Foundation first: a module imports only those above it.
//!
//! | module | what is there |
//! | --- | --- |
//! | `text`, `file_size`, `executor` | text for people; `ulimit -f`; futures for blocking callers, blocking work for futures |
//! | `budget`, `json` | host memory that an interpreter may use; its JSON, read within that |
//! | `tree` | the packed file tree, with layers over it |
//! | `memory` | linear memory: the start image mapped copy-on-write, pools, stacks of fibers |
//! | `engine` | every wasmtime setting; the epoch ticker |
//! | [`bundle`] | the container format, its reader and writer, manifest and signatures |
//! | [`store`] | extracted bundles, and the rules that keep strangers out of them |
//! | `outcome` | what comes of an execution: [`Output`], [`Failure`], [`Exception`] |
//! | `error` | [`Error`] and its groups |
//! | `scheduling` | [`Slots`], turns on a thread, [`CancelToken`] |
//! | `clocks` | time and randomness of an interpreter |
//! | `filesystem` | `wasi:filesystem`: the tree, files in memory, folders of the host ([`files`]) |
//! | `callbacks` | host functions and their calls |
//! | [`network`] | the part of the network that a policy allows |
//! | `host` | the wasmtime store's state, put together from the modules above; the rest of WASI |
//! | `loader` | [`Bundle`]: extracts, checks, maps and links |
//! | `sandbox` | [`Sandbox`], [`Session`], [`Limits`], [`Snapshot`] |

mod budget;
pub mod bundle;
mod callbacks;
mod clocks;
mod engine;
mod error;
mod executor;
mod file_size;
mod filesystem;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod host;
mod json;
mod loader;
mod memory;
#[cfg(feature = "network")]
pub mod network;
#[cfg(not(feature = "network"))]
mod network;
mod outcome;
mod sandbox;
mod scheduling;
pub mod store;
mod text;
mod tree;

pub mod files {
    //! Files from outside of a sandbox: [`FileSystem`], and folders of the host as one.

    /// The bytes that are read from and written to an [`OpenFile`].
    pub use bytes::Bytes;

    pub use crate::filesystem::{
        FileFuture, FileKind, FileSystem, FolderEntry, FolderListing, HostFolder, Metadata, OpenFile,
        OpenMode,
    };
}

pub use bundle::{Manifest, PublicKey};
pub use callbacks::{Callback, CallbackAnswer, CallbackError, IntoCallback, Json};
pub use engine::EngineError;
pub use error::{
    BuildError, BundleError, CodeError, ConfigError, Error, PackageError, Result, SessionError, SnapshotError,
};
pub use filesystem::{FileInfo, FileSystem, Mount};
pub use host::{Chunk, Event, EventKind, Events, Stdin, Stdio};
pub use loader::Bundle;
pub use outcome::{
    Cause, ChainedException, Exception, Failure, Frame, Output, Relation, UnrepresentableValue, Usage,
    ValueError,
};
pub use sandbox::{Code, Limits, Sandbox, SandboxBuilder, Session, Snapshot, Stats, Stream};
pub use scheduling::{CancelToken, Slots};
#[cfg(feature = "schema")]
pub use schemars;
pub use serde_json::Value;
pub use store::Store;
pub use tree::TreeError;

/// For the other crates of eryx, and for the code that macros expand to. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::bundle::writer::{Compression, Writer};
    #[cfg(feature = "schema")]
    pub use crate::callbacks::{Parameter, Signature};
    pub use crate::memory::Reuse;
    #[cfg(feature = "packages")]
    pub use crate::sandbox::RuntimePackages;
    use crate::{Bundle, Sandbox};

    pub mod engine {
        //! The engines that compile and run bundles.

        #[cfg(feature = "compile")]
        pub use crate::engine::{Effort, compiler};
        pub use crate::engine::{WASMTIME_VERSION, shared};
    }

    pub mod host {
        //! The host of an interpreter that runs while a bundle is built.

        pub use crate::clocks::Surroundings;
        pub use crate::host::{HostState, Sink, link};
    }

    pub mod tree {
        //! The packed file tree of bundles.

        pub use crate::tree::{Node, NodeKind, Tree, TreeBuilder, TreeBuilderError, TreeError};
    }

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

    /// Says what becomes of memories when sessions have ended. For benches.
    pub fn set_reuse(sandbox: &Sandbox, reuse: Reuse) {
        sandbox.memories().set_reuse(reuse);
    }

    /// A bundle that was left out, and why.
    pub const fn placeholder(why: &'static str) -> Bundle {
        Bundle::placeholder(why)
    }
}
