//! What the system says of this process.

use std::fs;

/// A number of `/proc/self/status`, such as `Threads`; sizes are in KiB.
fn status(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    value.and_then(|value| value.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Memory of the process that is in RAM, in KiB.
pub(crate) fn resident() -> u64 {
    status("VmRSS")
}

/// Threads of the process.
pub(crate) fn threads() -> u64 {
    status("Threads")
}

/// Open file descriptors, without the one that counts them.
pub(crate) fn handles() -> u64 {
    fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64).saturating_sub(1)
}

/// Memory mappings of the process.
pub(crate) fn mappings() -> u64 {
    fs::read_to_string("/proc/self/maps").map_or(0, |maps| maps.lines().count() as u64)
}

/// The value that `part` of 100 of the sorted ones do not exceed.
pub(crate) fn quantile<T: Copy>(sorted: &[T], part: usize) -> T {
    sorted[(sorted.len() - 1) * part / 100]
}
