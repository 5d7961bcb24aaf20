//! Statistics of the system about this process.

use std::fs;

/// Returns a number of `/proc/self/status`, for example `Threads`; sizes are in KiB.
fn status(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    value.and_then(|value| value.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Returns the resident memory of the process, in KiB.
pub(crate) fn resident() -> u64 {
    status("VmRSS")
}

/// Returns the number of threads of the process.
pub(crate) fn threads() -> u64 {
    status("Threads")
}

/// Returns the number of open file descriptors, without the one used for counting.
pub(crate) fn handles() -> u64 {
    fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64).saturating_sub(1)
}

/// Returns the number of memory mappings of the process.
pub(crate) fn mappings() -> u64 {
    fs::read_to_string("/proc/self/maps").map_or(0, |maps| maps.lines().count() as u64)
}

/// Returns the percentile `part` of the sorted values.
pub(crate) fn quantile<T: Copy>(sorted: &[T], part: usize) -> T {
    sorted[(sorted.len() - 1) * part / 100]
}
