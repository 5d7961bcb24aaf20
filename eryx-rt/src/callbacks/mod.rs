//! Callbacks: functions of the host that Python calls by name, with JSON in and out.
//!
//! A call goes `calls` (which function, and whether its limits allow it) → `arguments` (which Python argument is which
//! of the function's) → `function` (JSON to Rust values, the call, its answer to JSON). What a callback is, beside its
//! function, is in `callback`; what it may be called, in `names`; `schema` checks arguments where no Rust type does.

mod answer;
mod arguments;
mod callback;
mod calls;
mod error;
mod function;
#[cfg(fuzzing)]
pub mod fuzzing;
mod names;
mod registry;
mod schema;
#[cfg(feature = "schema")]
mod signature;

pub use answer::{CallbackAnswer, Json};
pub use callback::Callback;
pub(crate) use calls::{CallResult, Calls, within_budget};
pub use error::CallbackError;
pub use function::IntoCallback;
pub(crate) use registry::Registry;
#[cfg(feature = "schema")]
pub use signature::{Parameter, Signature};
