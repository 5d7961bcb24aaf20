//! Entry points of the fuzzers in `fuzz/`. Not public API: the module exists only with `--cfg fuzzing`.
#![allow(missing_docs, missing_debug_implementations)]

pub use eryx_runtime::bindings::eryx::sandbox::types;

pub use crate::callbacks::fuzzing as callbacks;
pub use crate::filesystem::fuzzing as filesystem;
#[cfg(feature = "network")]
pub use crate::network::fuzzing as network;

/// Makes the output of an execution with a value from the guest.
pub fn output(value: types::Value) -> crate::Output {
    let mut output = crate::Output::default();
    let budget = crate::budget::Budget::default();
    let taken = crate::executor::finish(crate::host::ExecutionValue::take(Ok(value), &budget));
    if let Ok(Ok(value)) = taken {
        value.put_into(&mut output);
    }
    output
}
