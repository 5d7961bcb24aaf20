//! Limits for Python that a build runs: imports before the snapshot, build backends of sdists, and the bytecode
//! compiler.

use std::time::Duration;

/// Limits for one run of Python at build time. The keys `build-wall-time`, `build-cpu-time` and `build-memory` of a
/// declaration set them.
///
/// A run is one of these: warming all `imports`, building one sdist, or compiling a hundred source files.
///
/// ```
/// use std::time::Duration;
/// use eryx_build::declare::Spec;
///
/// let spec = Spec::from_json(r#"{"build-wall-time": "90s", "build-memory": "2GiB"}"#, ".")?;
/// assert_eq!(spec.build_allowance().wall_time, Duration::from_secs(90));
/// assert_eq!(spec.build_allowance().memory, 2 << 30);
/// # Ok::<(), eryx_build::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allowance {
    /// Wall time.
    pub wall_time: Duration,
    /// CPU time.
    pub cpu_time: Duration,
    /// Linear memory, in bytes. Files that a build backend writes have a separate limit of the same size.
    pub memory: u64,
}

impl Default for Allowance {
    /// Ten minutes of wall time, five minutes of CPU time, and 1 GiB.
    fn default() -> Self {
        Self { wall_time: Duration::from_mins(10), cpu_time: Duration::from_mins(5), memory: 1 << 30 }
    }
}

impl Allowance {
    /// Returns the larger value of each limit.
    pub(crate) fn at_least(self, other: Self) -> Self {
        Self {
            wall_time: self.wall_time.max(other.wall_time),
            cpu_time: self.cpu_time.max(other.cpu_time),
            memory: self.memory.max(other.memory),
        }
    }
}
