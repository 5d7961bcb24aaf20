//! How much the guest may hand to the host in one call.

/// Most bytes that the guest can hand to the host in one call (a value, the arguments of a callback), with a limit on
/// host memory of `limit` bytes. wasmtime makes a copy before anything can be charged. Half of the limit refuses nothing
/// that would fit: the copy is read into a value of at least its size, and both are there for a moment.
pub(crate) fn largest_transfer(limit: usize) -> usize {
    // Output comes in portions of up to 1 MiB, which have to pass in any case.
    const LEAST: usize = 2 << 20;
    (limit / 2).max(LEAST)
}

/// Whether wasmtime refused a transfer because it is larger than that.
///
/// The type of that error (`HostcallFuelExhausted`) is private in the version of wasmtime that is pinned, so its text
/// decides; `tests/host_memory.rs` shows that the text is right.
pub(crate) fn is_refusal(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string().contains("fuel allocated for hostcalls has been exhausted")
}
