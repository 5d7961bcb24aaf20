//! The host of one interpreter: the state behind every import of the guest, built from
//! [`filesystem`](crate::filesystem), [`callbacks`](crate::callbacks) and [`network`](crate::network).
//!
//! | module | contents |
//! | --- | --- |
//! | `state` | the state of the wasmtime store |
//! | `link` | links a bundle's code with the host |
//! | `wasi` | WASI without files: clocks, entropy, streams, and sockets that refuse every operation |
//! | `output`, `pipe`, `input` | standard streams: capture, handlers, streaming, input |
//! | `callbacks`, `settings`, `events`, `value` | the guest's own imports, and the value of an execution |
//! | `limiter`, `meter`, `transfer` | limits on memory, on CPU time, and on the data of one call |
//! | `scrub` | removes secrets from all data that leaves the sandbox |
//!
//! The guest cannot reach the system directly: files come from the packed tree, from memory and from mounts,
//! output goes to a [`Sink`], input comes from the execution's [`Stdin`](crate::Stdin), the network is limited
//! to the policy, and the host sets the environment.

mod callbacks;
mod events;
mod input;
mod limiter;
mod link;
mod meter;
mod output;
mod pipe;
mod scrub;
mod settings;
mod state;
mod transfer;
mod value;
mod wasi;

pub(crate) use events::EventWatch;
pub use events::{Event, EventKind, Events};
pub use input::Stdin;
pub(crate) use limiter::MemoryLimitError;
pub use link::link;
pub(crate) use meter::CpuMeter;
pub use output::Sink;
pub(crate) use output::{OutputHandler, OutputLimitError};
pub(crate) use pipe::Pipe;
pub use pipe::{Chunk, Stdio};
pub use state::HostState;
pub(crate) use transfer::{is_refusal, largest_transfer};
pub(crate) use value::ExecutionValue;
