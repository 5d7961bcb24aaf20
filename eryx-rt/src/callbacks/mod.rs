//! Callbacks: functions of the host that Python calls by name, with JSON in and out.
//!
//! A call goes through `calls` (finds the function and checks its limits), `arguments` (binds Python
//! arguments to parameters) and `function` (converts JSON to Rust values, calls, and converts the answer to
//! JSON). `callback` holds a function with its metadata, `names` the rules for names, and `schema` checks
//! arguments without a Rust type.

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
