//! Run time of eryx: opens bundles of sandboxed CPython and starts fresh, isolated interpreters.
//!
//! This crate does not compile, resolve or download. Programs use the crate `eryx`, which adds the macro
//! `embed!` to it.
//!
//! # Modules
//!
//! Foundation first: a module imports only modules above it.
//!
//! | module | contents |
//! | --- | --- |
//! | `text`, `file_size`, `executor` | text for people; `ulimit -f`; bridges between blocking and asynchronous code |
//! | `budget`, `json` | the budget of host memory for an interpreter; its JSON, read within that budget |
//! | `tree` | the packed file tree, with layers over it |
//! | `memory` | linear memory: the start image mapped copy-on-write, pools, stacks of fibers |
//! | `engine` | every wasmtime setting; the epoch ticker |
//! | [`bundle`] | the container format, its reader and writer, manifest and signatures |
//! | [`store`] | extracted bundles, and the rules that protect them from other users |
//! | `outcome` | results of an execution: [`Output`], [`Failure`], [`Exception`] |
//! | `error` | [`Error`] and its groups |
//! | `scheduling` | [`Slots`], turns on a thread, [`CancelToken`] |
//! | `clocks` | time and randomness of an interpreter |
//! | `filesystem` | `wasi:filesystem`: the tree, files in memory, folders of the host ([`files`]) |
//! | `callbacks` | host functions and their calls |
//! | [`network`] | the part of the network that a policy allows |
//! | `host` | the state of the wasmtime store, built from the modules above; the rest of WASI |
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
    //! Files from outside of a sandbox: [`FileSystem`], and mounted folders of the host.

    /// Bytes that are read from and written to an [`OpenFile`].
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

/// For the other crates of eryx and for code that macros expand to. Do not use it directly: it changes
/// without notice.
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

    /// Version of this crate; part of the build side's cache keys.
    pub const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// A bundle whose bytes the linker put into the program.
    ///
    /// # Safety
    /// As [`Bundle::from_bytes`].
    pub const unsafe fn embedded(bytes: &'static [u8]) -> Bundle {
        // SAFETY: the caller keeps the same contract.
        unsafe { Bundle::embedded(bytes) }
    }

    /// Returns the number of idle linear memories in the pool of the sandbox's bundle, and how many of them
    /// differ from the start image. The second number must be 0: a difference would be data of an earlier
    /// tenant.
    pub fn waiting_memories(sandbox: &Sandbox) -> (usize, usize) {
        let pool = sandbox.memories();
        pool.settle();
        pool.inspect()
    }

    /// Passes all bytes of a session's linear memory to `look`. For tests that search it for another tenant's
    /// data.
    pub fn memory_of<R>(session: &mut crate::Session, look: impl FnOnce(&[u8]) -> R) -> Option<R> {
        session.look_at_memory(look)
    }

    /// Sets how memories are reused after their sessions end. For benchmarks.
    pub fn set_reuse(sandbox: &Sandbox, reuse: Reuse) {
        sandbox.memories().set_reuse(reuse);
    }

    /// A placeholder for a bundle that was left out, with the reason.
    pub const fn placeholder(why: &'static str) -> Bundle {
        Bundle::placeholder(why)
    }
}
