//! The engine: every wasmtime setting in one place, for the compiling engine and for the running engine.
//!
//! AOT code loads only into an engine with the same settings, so one function makes both. A process has one
//! engine and one epoch ticker, whatever the number of bundles and sandboxes. Bundles that count instructions
//! use a second engine, because their code differs.

mod error;
mod settings;
mod ticker;

pub use error::EngineError;
#[cfg(feature = "compile")]
pub use settings::{Effort, compiler};
pub use settings::{WASMTIME_VERSION, shared};
pub(crate) use ticker::{GuestActivity, start as start_ticker};
