//! A run: one call into the guest, under the limits on time and under cancellation.
//!
//! Every call into the guest (an execution, a reset) goes through this module. It checks the limits whenever
//! the call is polled, before guest code continues. Guest code yields at each tick of the
//! [engine](crate::engine), and [`Turn`] makes sure that the next poll comes soon. While the guest waits for
//! the host, a timer and the cancellation wake the task. A call that must stop is dropped at once, which
//! unwinds the guest's stack; no part of it continues elsewhere.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::Sleep;
use tracing::Instrument as _;
use wasmtime::Store;

use super::config::Config;
use super::limits::Limits;
use super::stats::ExecutionCount;
use crate::engine::{GuestActivity, start_ticker};
use crate::error::{Error, Result};
use crate::host::{CpuMeter, HostState};
use crate::outcome::Cause;
use crate::scheduling::{CancelToken, Cancellation, Turn};

/// The host stopped the run.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct StopError(pub(super) Cause);

/// A run in progress.
pub(super) struct Run {
    started: Instant,
    limits: Limits,
    cancels: Arc<[CancelToken]>,
    meter: Arc<CpuMeter>,
    turn: Turn,
    span: tracing::Span,
    counted: ExecutionCount,
}

impl Run {
    /// Begins a run in the interpreter of `store`.
    ///
    /// # Errors
    /// When the thread that watches running code cannot be started.
    pub(super) fn begin(store: &mut Store<HostState>, config: &Config) -> Result<Self> {
        start_ticker().map_err(Error::engine)?;
        // The deadline is the next tick: ticks during the session's idle time do not count.
        store.set_epoch_deadline(1);
        if config.loaded.manifest.fuel {
            store.set_fuel(config.limits.fuel.unwrap_or(u64::MAX)).map_err(Error::engine)?;
        }
        let state = store.data_mut();
        state.limiter.begin();
        state.meter.restart();
        state.runs += 1;
        state.calls.restart(config.limits.callbacks);
        Ok(Self {
            started: Instant::now(),
            limits: config.limits,
            cancels: Arc::clone(&config.cancels),
            meter: Arc::clone(&state.meter),
            turn: Turn::join(),
            span: tracing::debug_span!(
                "run",
                bundle = %config.loaded.id,
                session = state.serial,
                number = state.runs
            ),
            counted: ExecutionCount::begin(&config.counters),
        })
    }

    /// Polls the call until it is done or must stop. The error of a stopped call is a [`StopError`]; the
    /// guest is then in the middle of a call, so do not enter its interpreter again.
    pub(super) async fn drive<T>(
        &mut self,
        call: impl Future<Output = wasmtime::Result<T>>,
    ) -> wasmtime::Result<T> {
        let mut call = pin!(call);
        let deadline = self.started.checked_add(self.limits.wall_time);
        // Both are made when the guest first waits: most runs end before.
        let mut alarm = pin!(None::<Sleep>);
        let mut cancelled = None::<Cancellation>;
        let span = self.span.clone();
        let polls = poll_fn(|context| {
            let now = Instant::now();
            if let Some(cause) = self.has_to_stop(deadline.is_some_and(|deadline| now >= deadline)) {
                return Poll::Ready(Err(StopError(cause).into()));
            }
            if self.turn.passes(now, context) {
                return Poll::Pending;
            }
            let result = {
                let _running = GuestActivity::enter();
                self.meter.count(|| call.as_mut().poll(context))
            };
            if result.is_ready() {
                return result;
            }
            // The guest either yielded, and its task is woken already, or it waits for the host and needs
            // a timer.
            if alarm.is_none()
                && let Some(deadline) = deadline
            {
                alarm.set(Some(tokio::time::sleep_until(deadline.into())));
            }
            let is_late = alarm.as_mut().as_pin_mut().is_some_and(|alarm| alarm.poll(context).is_ready());
            if !self.cancels.is_empty() {
                let waiting = cancelled.get_or_insert_with(|| Cancellation::on(&self.cancels));
                // Only registers the waker: `has_to_stop` reads the token.
                let _ = Pin::new(waiting).poll(context);
            }
            match self.has_to_stop(is_late) {
                Some(cause) => Poll::Ready(Err(StopError(cause).into())),
                None => Poll::Pending,
            }
        });
        // The span also covers traces of callbacks.
        polls.instrument(span).await
    }

    fn has_to_stop(&self, is_late: bool) -> Option<Cause> {
        if self.cancels.iter().any(CancelToken::is_cancelled) {
            Some(Cause::Cancelled)
        } else if is_late {
            Some(Cause::WallTime(self.limits.wall_time))
        } else {
            let limit = self.limits.cpu_time.filter(|limit| self.meter.used() >= *limit)?;
            Some(Cause::CpuTime(limit))
        }
    }

    /// Returns the wall time since the start.
    pub(super) fn wall_time(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns the guest's CPU time so far.
    pub(super) fn cpu_time(&self) -> Duration {
        self.meter.used()
    }

    /// Records the end of the run.
    pub(super) fn end(mut self, cause: Option<&Cause>, store: &Store<HostState>) {
        let (wall, cpu, memory) = (self.wall_time(), self.cpu_time(), store.data().limiter.peak);
        self.counted.end(cause, wall, cpu, memory);
        match cause {
            None => tracing::debug!(parent: &self.span, ?wall, ?cpu, memory, "ended"),
            Some(cause) => tracing::debug!(parent: &self.span, ?wall, ?cpu, memory, %cause, "failed"),
        }
    }
}
