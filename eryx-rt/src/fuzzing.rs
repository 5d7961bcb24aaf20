//! Entry points of the fuzzers in `fuzz/`, beside the public API. There only with `--cfg fuzzing`; not an API.
#![allow(missing_docs, missing_debug_implementations)]

pub use eryx_runtime::bindings::eryx::sandbox::types;

pub use crate::callbacks::fuzzing as callbacks;
pub use crate::filesystem::fuzzing as filesystem;
#[cfg(feature = "network")]
pub use crate::network::fuzzing as network;

/// The output of an execution whose value the guest gave.
pub fn output(value: types::Value) -> crate::Output {
    let mut output = crate::Output::default();
    let budget = crate::budget::Budget::default();
    let taken = crate::executor::finish(crate::host::ExecutionValue::take(Ok(value), &budget));
    if let Ok(Ok(value)) = taken {
        value.put_into(&mut output);
    }
    output
}
