//! What Python that a build runs may use: imports that are warmed, build backends of sdists, the compiler of bytecode.

use std::time::Duration;

/// What one run of Python at build time may use. The keys `build-wall-time`, `build-cpu-time` and `build-memory` of a
/// declaration set it.
///
/// A run is the warming of all `imports`, the build of one sdist, or the compiling of a hundred source files.
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
    /// Time on the clock.
    pub wall_time: Duration,
    /// Time on the processor.
    pub cpu_time: Duration,
    /// Linear memory, in bytes. Files that a build backend writes count by themselves, up to as much again.
    pub memory: u64,
}

impl Default for Allowance {
    /// Ten minutes, five of them on the processor, and 1 GiB.
    fn default() -> Self {
        Self { wall_time: Duration::from_mins(10), cpu_time: Duration::from_mins(5), memory: 1 << 30 }
    }
}

impl Allowance {
    /// The larger one of each.
    pub(crate) fn at_least(self, other: Self) -> Self {
        Self {
            wall_time: self.wall_time.max(other.wall_time),
            cpu_time: self.cpu_time.max(other.cpu_time),
            memory: self.memory.max(other.memory),
        }
    }
}
