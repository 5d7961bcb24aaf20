//! Sandboxes: a configuration, and the live interpreters that run with it.
//!
//! | module | contents |
//! #5
//! | `limits`, `config`, `builder` | the configuration and its builder |
//! | --- | --- |
//! | `limits`, `config`, `builder` | the configuration, and how it is put together |
//! | `packages` | pure packages laid over the bundle's tree |
//! | `sandbox` | [`Sandbox`]: runs code in fresh interpreters |
//! | `code` | code to run, with its inputs |
//! | `session` | [`Session`]: a live interpreter |
//! | `run` | one call into the guest, under the limits |
//! | `stream` | an execution that is read while it runs |
//! | `snapshot` | copies of sessions |
//! | `stats` | counters |

mod builder;
mod code;
mod config;
mod limits;
#[cfg(feature = "packages")]
mod packages;
mod run;
#[expect(clippy::module_inception, reason = "named after its type")]
mod sandbox;
mod session;
mod snapshot;
mod stats;
mod stream;

#[cfg(feature = "packages")]
pub use builder::RuntimePackages;
pub use builder::SandboxBuilder;
pub use code::Code;
pub use limits::Limits;
pub use sandbox::Sandbox;
pub use session::Session;
pub use snapshot::Snapshot;
pub use stats::Stats;
pub use stream::Stream;
