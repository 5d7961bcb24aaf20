//! Real CPython, sandboxed, with PyPI packages, inside a single Rust binary.
//!
//! At build time, [`embed!`] resolves and locks packages, links them with CPython for WebAssembly, imports them, and puts a
//! snapshot and machine code into your program. At run time a [`Sandbox`] gives you fresh, isolated interpreters in
//! microseconds. The machine where the program runs needs no Python and no network.
//!
//! ```ignore
//! // Needs the plugin: `cargo install --path cargo-eryx`.
//! static PYTHON: eryx::Bundle = eryx::embed!(packages = ["tabulate~=0.10"], imports = ["tabulate"]);
//!
//! # fn main() -> eryx::Result<()> {
//! let sandbox = eryx::Sandbox::builder().with_bundle(&PYTHON).build()?;
//! let output = sandbox.execute_blocking("import tabulate; print(tabulate.tabulate([['spam', 42]]))")?;
//! print!("{}", output.stdout);
//! # Ok(())
//! # }
//! ```
//!
//! The sections below use such a `PYTHON`.
//!
//! # Execute code
//!
//! Each execution on a sandbox gets a separate interpreter. Values go in and come out through serde; an exception is
//! data.
//!
//! ```no_run
//! # fn demo(PYTHON: &'static eryx::Bundle) -> eryx::Result<()> {
//! use eryx::{Code, Error, Sandbox};
//!
//! let sandbox = Sandbox::builder().with_bundle(&PYTHON).build()?;
//! let code = Code::new("total = sum(prices)").with_input("prices", &[1.5, 2.5]).with_result("total");
//! let total: f64 = sandbox.execute_blocking(code)?.value_as()?;
//! assert_eq!(total, 4.0);
//!
//! match sandbox.execute_blocking("1 / 0") {
//!     Err(Error::Execution(failure)) => println!("{}", failure.exception().unwrap().kind), // ZeroDivisionError
//!     other => panic!("{other:?}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Inside of an async program, use [`Sandbox::execute`]: it never blocks the executor's thread for long.
//!
//! # Keep state in a session
//!
//! ```no_run
//! # fn demo(sandbox: &eryx::Sandbox) -> eryx::Result<()> {
//! let mut session = sandbox.session_blocking()?;
//! session.execute_blocking("import statistics; numbers = [1, 2, 3]")?;
//! let mean = session.execute_blocking("statistics.mean(numbers)")?.value;
//! assert_eq!(mean, Some(2.into()));
//!
//! // A snapshot holds the whole interpreter; another process can resume from it.
//! let bytes = session.snapshot_blocking()?.to_bytes()?;
//! # drop(bytes);
//! # Ok(())
//! # }
//! ```
//!
//! # Let code call your functions
//!
//! ```no_run
//! # fn demo(PYTHON: &'static eryx::Bundle) -> eryx::Result<()> {
//! let sandbox = eryx::Sandbox::builder()
//!     .with_bundle(&PYTHON)
//!     .with_callback("lookup", |name: String| async move { format!("details of {name}") })
//!     .build()?;
//! let output = sandbox.execute_blocking("lookup('spam')")?;
//! assert_eq!(output.value, Some("details of spam".into()));
//! # Ok(())
//! # }
//! ```
//!
//! # Stream output
//!
//! ```no_run
//! # async fn demo(sandbox: &eryx::Sandbox) -> Result<(), Box<dyn std::error::Error>> {
//! use std::io::Write as _;
//!
//! let mut stream = sandbox.stream("for n in range(1_000_000): print(n)");
//! while let Some(chunk) = stream.next().await {
//!     std::io::stdout().write_all(&chunk.bytes)?; // a slow reader slows the code down
//! }
//! let usage = stream.finish().await?.usage;
//! println!("{:?} of CPU time", usage.cpu_time);
//! # Ok(())
//! # }
//! ```
//!
//! # Set limits
//!
//! ```no_run
//! # fn demo(PYTHON: &'static eryx::Bundle) -> eryx::Result<()> {
//! use std::time::Duration;
//! use eryx::{Error, Limits, Sandbox};
//!
//! let limits = Limits::default()
//!     .with_memory(128 << 20)
//!     .with_wall_time(Duration::from_secs(2))
//!     .with_output(1 << 20);
//! let sandbox = Sandbox::builder().with_bundle(&PYTHON).with_limits(limits).build()?;
//! match sandbox.execute_blocking("while True: pass") {
//!     Err(Error::Execution(failure)) => assert!(failure.is_timeout()),
//!     other => panic!("{other:?}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Pass files in and out
//!
//! ```no_run
//! # fn demo(PYTHON: &'static eryx::Bundle) -> eryx::Result<()> {
//! use eryx::{Mount, Sandbox};
//!
//! let sandbox = Sandbox::builder()
//!     .with_bundle(&PYTHON)
//!     .with_file("/data/prices.csv", "item,price\nspam,42\n")
//!     .with_mount("/models", Mount::host_read_only("/srv/models")?)
//!     .build()?;
//! let mut session = sandbox.session_blocking()?;
//! session.execute_blocking("open('/tmp/copy.csv', 'w').write(open('/data/prices.csv').read())")?;
//! let copy = session.read_file("/tmp/copy.csv")?;
//! # drop(copy);
//! # Ok(())
//! # }
//! ```
//!
//! # Allow a network
//!
//! ```no_run
//! # #[cfg(feature = "network")]
//! # fn demo(PYTHON: &'static eryx::Bundle, token: &str) -> Result<(), Box<dyn std::error::Error>> {
//! use eryx::{Sandbox, network::NetworkPolicy};
//!
//! // The code sees a placeholder; the host puts the token into requests to this name only.
//! let policy = NetworkPolicy::new()
//!     .with_rule("api.example.org:443")
//!     .with_secret("API_TOKEN", token, ["api.example.org"]);
//! let sandbox = Sandbox::builder().with_bundle(&PYTHON).with_network(policy).build()?;
//! # drop(sandbox);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | default | adds |
//! | --- | --- | --- |
//! | `macros` | yes | [`embed!`], and [`macro@callback`] with JSON schemas |
//! | `network` | yes | [`network`]: policies, TLS on the host, secrets |
//! | `packages` | yes | [`SandboxBuilder::with_package`]: pure-Python wheels at run time |
//! | `embedded` | no | a bundle of plain CPython: `Sandbox::builder().build()` needs no configuration |
//! | `build` | no | `eryx::build`: resolver, linker and compiler inside your program |
//!
//! # Guides
//!
//! [`guides`] has one page for each topic. Before you run code from strangers, read
//! [the security model](guides::security) and [the limits](guides::limits).
//!
//! # Crates
//!
//! This crate is a facade. [`eryx_rt`] holds the run time, `eryx-build` the build side, `eryx-macros` the macros, and
//! `cargo-eryx` the plugin that [`embed!`] calls.

#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "build")]
pub mod build;
#[cfg(any(doc, doctest))]
pub mod guides;

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

/// Items that `embed!` expands to. Not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use eryx_rt::__private::*;
}
