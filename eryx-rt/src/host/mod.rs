//! The host of one interpreter: the state behind every import of the guest, put together from
//! [`filesystem`](crate::filesystem), [`callbacks`](crate::callbacks) and [`network`](crate::network).
//!
//! | module | what is there |
//! | --- | --- |
//! | `state` | the wasmtime store's state |
//! | `link` | a bundle's code linked with it |
//! | `wasi` | WASI but for files: clocks, entropy, streams, sockets that are all refused |
//! | `output`, `pipe`, `input` | standard streams: captured, handed on as they are produced, read |
//! | `callbacks`, `settings`, `events`, `value` | the guest's own imports, and the value that an execution ends with |
//! | `limiter`, `meter`, `transfer` | limits on memory, on CPU time, on what is handed over in one call |
//! | `scrub` | no secret leaves the sandbox |
//!
//! Nothing real is reachable: files come from the packed tree and from memory, output goes to a [`Sink`], input comes from
//! what an execution was given, there is no network but what a policy allows, and the environment is what the host says it
//! is.

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
