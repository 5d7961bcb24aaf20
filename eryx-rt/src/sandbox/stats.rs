//! Counters of a sandbox, for example for a metrics page.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::outcome::Cause;

/// Counters of a sandbox at one moment; its clones share them.
///
/// The fields are plain numbers that you can feed into any metrics library. The fields from
/// [`succeeded`](Self::succeeded) to [`crashed`](Self::crashed) and [`dropped`](Self::dropped) count
/// executions by their end. With [`running`](Self::running) they add up to [`executions`](Self::executions),
/// except for changes while the counters are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Executions started.
    pub executions: u64,
    /// Executions in progress.
    pub running: u64,
    /// Executions that succeeded.
    pub succeeded: u64,
    /// Executions that ended with a Python exception.
    pub exceptions: u64,
    /// Executions stopped by the limit on wall time.
    pub wall_time: u64,
    /// Executions stopped by the limit on CPU time.
    pub cpu_time: u64,
    /// Executions stopped by the limit on instructions.
    pub fuel: u64,
    /// Executions that ran out of memory where Python could not continue. (An uncaught `MemoryError` counts
    /// as an exception.)
    pub memory: u64,
    /// Executions stopped by the limit on host memory.
    pub host_memory: u64,
    /// Executions stopped by the limit on output.
    pub output: u64,
    /// Executions stopped by a [`CancelToken`](crate::CancelToken).
    pub cancelled: u64,
    /// Executions that ended the interpreter with `os._exit`.
    pub exited: u64,
    /// Executions in which the interpreter crashed.
    pub crashed: u64,
    /// Executions whose future was dropped.
    pub dropped: u64,
    /// Interpreters started.
    pub sessions: u64,
    /// Live interpreters, including idle ones.
    pub live_sessions: u64,
    /// Largest number of interpreters that lived at once.
    pub peak_live_sessions: u64,
    /// Wall time of all executions that have ended.
    pub total_wall_time: Duration,
    /// CPU time of all executions that have ended, as [`Limits::with_cpu_time`](crate::Limits::with_cpu_time)
    /// counts it.
    pub total_cpu_time: Duration,
    /// Largest memory of an interpreter at the end of an execution, in bytes.
    pub peak_memory: u64,
}

/// The counters themselves.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    executions: AtomicU64,
    ended: [AtomicU64; 12],
    sessions: AtomicU64,
    live: AtomicU64,
    peak_live: AtomicU64,
    wall: AtomicU64,
    cpu: AtomicU64,
    memory: AtomicU64,
}

/// How an execution ended: the index in [`Counters::ended`].
#[derive(Debug, Clone, Copy)]
enum ExecutionEnd {
    Succeeded,
    Exception,
    WallTime,
    CpuTime,
    Fuel,
    Memory,
    HostMemory,
    Output,
    Cancelled,
    Exit,
    Crash,
    Dropped,
}

impl ExecutionEnd {
    fn of(cause: Option<&Cause>) -> Self {
        match cause {
            None => Self::Succeeded,
            Some(Cause::Exception(_)) => Self::Exception,
            Some(Cause::WallTime(_)) => Self::WallTime,
            Some(Cause::CpuTime(_)) => Self::CpuTime,
            Some(Cause::Fuel(_)) => Self::Fuel,
            Some(Cause::Memory(_)) => Self::Memory,
            Some(Cause::HostMemory(_)) => Self::HostMemory,
            Some(Cause::OutputLimit(_)) => Self::Output,
            Some(Cause::Cancelled) => Self::Cancelled,
            Some(Cause::Exit) => Self::Exit,
            Some(Cause::Crash(_)) => Self::Crash,
        }
    }
}

impl Counters {
    pub(crate) fn read(&self) -> Stats {
        let ended = |end: ExecutionEnd| self.ended[end as usize].load(Relaxed);
        let all_ended: u64 = self.ended.iter().map(|count| count.load(Relaxed)).sum();
        let executions = self.executions.load(Relaxed);
        Stats {
            executions,
            running: executions.saturating_sub(all_ended),
            succeeded: ended(ExecutionEnd::Succeeded),
            exceptions: ended(ExecutionEnd::Exception),
            wall_time: ended(ExecutionEnd::WallTime),
            cpu_time: ended(ExecutionEnd::CpuTime),
            fuel: ended(ExecutionEnd::Fuel),
            memory: ended(ExecutionEnd::Memory),
            host_memory: ended(ExecutionEnd::HostMemory),
            output: ended(ExecutionEnd::Output),
            cancelled: ended(ExecutionEnd::Cancelled),
            exited: ended(ExecutionEnd::Exit),
            crashed: ended(ExecutionEnd::Crash),
            dropped: ended(ExecutionEnd::Dropped),
            sessions: self.sessions.load(Relaxed),
            live_sessions: self.live.load(Relaxed),
            peak_live_sessions: self.peak_live.load(Relaxed),
            total_wall_time: Duration::from_nanos(self.wall.load(Relaxed)),
            total_cpu_time: Duration::from_nanos(self.cpu.load(Relaxed)),
            peak_memory: self.memory.load(Relaxed),
        }
    }
}

/// Counts an execution. If it is dropped before [`end`](Self::end), the caller dropped the execution.
#[derive(Debug)]
pub(super) struct ExecutionCount(Option<Arc<Counters>>);

impl ExecutionCount {
    pub(super) fn begin(counters: &Arc<Counters>) -> Self {
        counters.executions.fetch_add(1, Relaxed);
        Self(Some(Arc::clone(counters)))
    }

    pub(super) fn end(&mut self, cause: Option<&Cause>, wall: Duration, cpu: Duration, memory: usize) {
        let Some(counters) = self.0.take() else { return };
        counters.wall.fetch_add(wall.as_nanos() as u64, Relaxed);
        counters.cpu.fetch_add(cpu.as_nanos() as u64, Relaxed);
        counters.memory.fetch_max(memory as u64, Relaxed);
        counters.ended[ExecutionEnd::of(cause) as usize].fetch_add(1, Relaxed);
    }
}

impl Drop for ExecutionCount {
    fn drop(&mut self) {
        if let Some(counters) = self.0.take() {
            counters.ended[ExecutionEnd::Dropped as usize].fetch_add(1, Relaxed);
        }
    }
}

/// Counts an interpreter while it lives.
#[derive(Debug)]
pub(super) struct SessionCount(Arc<Counters>);

impl SessionCount {
    pub(super) fn begin(counters: &Arc<Counters>) -> Self {
        counters.sessions.fetch_add(1, Relaxed);
        let live = counters.live.fetch_add(1, Relaxed) + 1;
        counters.peak_live.fetch_max(live, Relaxed);
        Self(Arc::clone(counters))
    }
}

impl Drop for SessionCount {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_counted_by_cause_and_add_up() {
        let counters = Arc::new(Counters::default());
        let second = Duration::from_secs(1);
        let _live = SessionCount::begin(&counters);
        drop(SessionCount::begin(&counters));
        ExecutionCount::begin(&counters).end(None, second, second / 2, 7);
        ExecutionCount::begin(&counters).end(Some(&Cause::Cancelled), second, second / 2, 5);
        drop(ExecutionCount::begin(&counters));
        let _running = ExecutionCount::begin(&counters);
        let stats = counters.read();
        let expected = Stats {
            executions: 4,
            running: 1,
            succeeded: 1,
            cancelled: 1,
            dropped: 1,
            sessions: 2,
            live_sessions: 1,
            peak_live_sessions: 2,
            total_wall_time: 2 * second,
            total_cpu_time: second,
            peak_memory: 7,
            ..Stats::default()
        };
        assert_eq!(stats, expected);
    }
}
