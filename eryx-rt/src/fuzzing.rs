//! What the fuzzers in `fuzz/` reach beside the public API. There only with `--cfg fuzzing`; not an API.
#![allow(missing_docs, missing_debug_implementations)]

pub use eryx_runtime::bindings::eryx::sandbox::types;

pub use crate::host::fuzzing::{callbacks, filesystem};
#[cfg(feature = "network")]
pub use crate::host::network::fuzzing as network;

/// The output of an execution whose value the guest gave.
pub fn output(value: types::Value) -> crate::Output {
    crate::Output::default().with_value(value)
}
