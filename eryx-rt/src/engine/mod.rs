//! The engine: every wasmtime setting, for the engine that compiles and the one that runs, in one place.
//!
//! AOT code loads only into an engine with the settings it was compiled with, so both come from one function here. There is
//! one engine and one epoch ticker per process, whatever the number of bundles and sandboxes; and a second engine where
//! there are bundles that count instructions, because their code is another.

mod error;
mod settings;
mod ticker;

pub use error::EngineError;
#[cfg(feature = "compile")]
pub use settings::{Effort, compiler};
pub use settings::{WASMTIME_VERSION, shared};
pub(crate) use ticker::{GuestActivity, start as start_ticker};
