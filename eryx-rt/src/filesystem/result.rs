//! Results with WASI's error codes.

use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

pub(super) type Result<T, E = ErrorCode> = std::result::Result<T, E>;
