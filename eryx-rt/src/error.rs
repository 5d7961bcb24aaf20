//! The one error type of the run-time side.

use std::io;
use std::path::PathBuf;

use crate::bundle::FormatError;
use crate::sandbox::{Failure, SnapshotError, Unrepresentable};
use crate::store::StoreError;
use crate::tree::TreeError;

/// Result of what this crate does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a bundle could not be opened or code could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The code ran and did not end well; what it wrote until then is in the [`Failure`].
    #[error(transparent)]
    Execution(Box<Failure>),

    /// The bundle's bytes are not a usable bundle.
    #[error(transparent)]
    Format(#[from] FormatError),

    /// The signature of the bundle is missing something, or is not one of the program's key over these bytes.
    #[error("the bundle is not used: {problem}")]
    Signature {
        /// What is wrong with it.
        problem: String,
    },

    /// The bundle could not be extracted.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// The extracted file tree is damaged.
    #[error(transparent)]
    Tree(#[from] TreeError),

    /// A bundle or a file with code could not be read.
    #[error("could not read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },

    /// The program was compiled without the bundle.
    #[error("this program was compiled without its Python bundle ({0}); build it again without that")]
    Placeholder(&'static str),

    /// The bundle was made for another machine.
    #[error(
        "the bundle holds code for {bundle} and this program runs on {program}; \
         build it again with `cargo eryx build --target {program}`"
    )]
    Target {
        /// Target triple of the code in the bundle.
        bundle: String,
        /// What this program was compiled for.
        program: &'static str,
    },

    /// The bundle was made by another version of eryx.
    #[error(
        "the bundle was built by eryx {bundle} with wasmtime {bundle_wasmtime}, and this program uses eryx {program} \
         with wasmtime {program_wasmtime}; build it again with `cargo eryx bundle` of the same version"
    )]
    Version {
        /// Version of eryx that built the bundle.
        bundle: String,
        /// Version of wasmtime that compiled its code.
        bundle_wasmtime: String,
        /// Version of this crate.
        program: &'static str,
        /// Version of wasmtime in this crate.
        program_wasmtime: &'static str,
    },

    /// wasmtime refused the engine settings or the code: the CPU lacks something, or address space is limited.
    #[error("the Python engine cannot run here: {0}")]
    Engine(String),

    /// A builder was given nothing to run.
    #[error(
        "no bundle: pass one with `Sandbox::builder().with_bundle(&PYTHON)`, \
         or turn on eryx's feature `embedded` for plain CPython"
    )]
    NoBundle,

    /// The memory limit is below what the bundle's start image takes.
    #[error(
        "a memory limit of {limit} bytes is less than the {needed} bytes that a sandbox of this bundle starts with"
    )]
    MemoryLimitTooLow {
        /// The limit set.
        limit: usize,
        /// What the start image takes.
        needed: usize,
    },

    /// A package that was given at run time cannot be used.
    #[error("`{package}` cannot be added to the sandbox: {problem}")]
    Package {
        /// Name of its file or folder.
        package: String,
        /// Why not.
        problem: String,
    },

    /// A package that was given at run time has to be built or linked first.
    #[error(
        "`{package}` holds {what}: declare it in `packages` of the bundle, or turn on eryx's feature `build` and have it \
         linked when the program runs: `.link().await`"
    )]
    NeedsBuild {
        /// Name of its file or folder.
        package: String,
        /// What is in it.
        what: &'static str,
    },

    /// A bundle could not be made when the program runs (feature `build` of the crate `eryx`).
    #[error("{0}")]
    Build(String),

    /// Packages that were given at run time need others.
    #[error("these are needed and missing: {}; add them with `with_package`, or declare them in the bundle", missing.join(", "))]
    MissingPackages {
        /// Each requirement, with who has it.
        missing: Vec<String>,
    },

    /// A limit on instructions was set, and the bundle's code does not count them.
    #[error(
        "a limit on instructions was set (`Limits::fuel`), and the bundle's code does not count them; \
         declare `fuel = true` where the bundle is declared, and build it again"
    )]
    NoFuel,

    /// All slots are taken, and as many wait for one as may.
    #[error("all {slots} slots are taken, and {waiting} wait for one already; try again later")]
    Busy {
        /// How many interpreters may live at once.
        slots: usize,
        /// How many wait.
        waiting: usize,
    },

    /// Files in memory have no place there.
    #[error("cannot mount files at `{path}`: {problem}")]
    Mount {
        /// Where they were to be.
        path: String,
        /// Why not.
        problem: String,
    },

    /// Something in a network policy cannot be used.
    #[cfg(feature = "network")]
    #[error("the network policy's {what} cannot be used: {problem}")]
    NetworkPolicy {
        /// The rule, certificate or secret.
        what: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },

    /// The files that a sandbox is given to change are more than it may have.
    #[error("the files given to the sandbox take {needed} {what}, and the limit is {limit}")]
    FileLimitTooLow {
        /// What is limited.
        what: &'static str,
        /// The limit set.
        limit: u64,
        /// What the files take.
        needed: u64,
    },

    /// A callback cannot have its name.
    #[error("cannot add the callback `{name}`: {problem}")]
    Callback {
        /// Its name.
        name: String,
        /// Why not.
        problem: String,
    },

    /// A file of a session could not be read or written.
    #[error("could not access `{path}` in the sandbox")]
    File {
        /// Its path in the sandbox.
        path: String,
        /// Why not, in the system's words.
        #[source]
        source: io::Error,
    },

    /// A session could not be copied, or a copy not be made live.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),

    /// An input of the code cannot be given to it.
    #[error("the input `{name}` cannot be given to Python: {problem}")]
    Input {
        /// Name of the variable.
        name: String,
        /// Why not.
        problem: String,
    },

    /// The code has no value.
    #[error(
        "the code has no value: let its last statement be an expression, \
         or name a variable that it sets with `Code::with_result`"
    )]
    NoValue,

    /// The code's value is none that JSON can hold.
    #[error(transparent)]
    Unrepresentable(Box<Unrepresentable>),

    /// The code's value is of another shape than what was asked for.
    #[error("the code's value {value} is no `{wanted}`")]
    Value {
        /// The value as JSON, of which some hundred characters are kept.
        value: String,
        /// Name of the type that was asked for.
        wanted: &'static str,
        /// What does not fit.
        #[source]
        source: serde_json::Error,
    },

    /// The session ended with an earlier execution, which was stopped in the middle.
    #[error("this session has ended, because an execution in it was stopped or crashed; open a new one")]
    SessionEnded,
}

impl Error {
    pub(crate) fn engine(error: impl Into<wasmtime::Error>) -> Self {
        Self::Engine(format!("{:#}", error.into()))
    }

    /// How the execution failed, if that is what the error is about.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Execution(failure) => Some(failure),
            _ => None,
        }
    }
}
