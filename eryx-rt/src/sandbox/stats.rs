//! Counters of a sandbox, for a metrics page.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::outcome::Cause;

/// What a sandbox has done so far: a snapshot of its counters, which all its clones share.
///
/// They are plain numbers, to be given to whatever metrics a program has. Those up to [`crashed`](Self::crashed) and
/// [`dropped`](Self::dropped) are executions by how they ended; with [`running`](Self::running) they add up to
/// [`executions`](Self::executions), but for what changes while they are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Executions that were started.
    pub executions: u64,
    /// Executions that go on now.
    pub running: u64,
    /// Executions that ended well.
    pub succeeded: u64,
    /// Executions that a Python exception ended.
    pub exceptions: u64,
    /// Executions stopped by the limit on wall time.
    pub wall_time: u64,
    /// Executions stopped by the limit on CPU time.
    pub cpu_time: u64,
    /// Executions stopped by the limit on instructions.
    pub fuel: u64,
    /// Executions that memory ran out for, where Python could not go on. (What raised `MemoryError` is counted among the
    /// exceptions.)
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
    /// Interpreters that were started.
    pub sessions: u64,
    /// Interpreters that live now, idle ones included.
    pub live_sessions: u64,
    /// Most interpreters that lived at once.
    pub peak_live_sessions: u64,
    /// Wall time of all executions that have ended.
    pub total_wall_time: Duration,
    /// CPU time of all executions that have ended; what counts is told at [`Limits::with_cpu_time`](crate::Limits::with_cpu_time).
    pub total_cpu_time: Duration,
    /// Largest memory that an interpreter had when an execution ended, in bytes.
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

/// How an execution ended, for counting: the index in [`Counters::ended`].
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

/// An execution that is being counted. One that is dropped before it has [ended](Self::end) was dropped by its caller.
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

/// An interpreter that is being counted while it lives.
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
