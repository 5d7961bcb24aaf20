//! Limit on the data that the guest passes to the host in one call.

/// Returns the maximum number of bytes that the guest can pass to the host in one call (a value, the
/// arguments of a callback), for a limit on host memory of `limit` bytes. wasmtime makes a copy before we can
/// charge it. Half of the limit refuses only data that would not fit anyway: the copy is converted into a
/// value of at least its size, and both exist for a moment.
pub(crate) fn largest_transfer(limit: usize) -> usize {
    // Output comes in portions of up to 1 MiB, which must always pass.
    const LEAST: usize = 2 << 20;
    (limit / 2).max(LEAST)
}

/// Returns whether wasmtime refused a transfer because of this limit.
///
/// The type of that error (`HostcallFuelExhausted`) is private in the pinned version of wasmtime, so the
/// check compares its text; `tests/host_memory.rs` proves that the text is right.
pub(crate) fn is_refusal(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string().contains("fuel allocated for hostcalls has been exhausted")
}
