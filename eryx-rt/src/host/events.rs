//! Events: what a program hears of the code while it runs.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eryx_runtime::bindings::eryx::sandbox::settings::{self, Happening};

use super::HostState;

/// Which events a handler is told, and how often. See
/// [`with_events`](crate::SandboxBuilder::with_events).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Events {
    lines: bool,
    calls: bool,
    interval: Duration,
}

impl Events {
    /// Every line that code comes to.
    pub fn lines() -> Self {
        Self { lines: true, calls: false, interval: Self::INTERVAL }
    }

    /// Every function that is entered, and its return.
    pub fn calls() -> Self {
        Self { lines: false, calls: true, interval: Self::INTERVAL }
    }

    /// Lines, calls and returns.
    pub fn all() -> Self {
        Self { lines: true, calls: true, interval: Self::INTERVAL }
    }

    /// Shortest time from one event to the next; what happens in between is not told. By default 10 ms.
    pub fn interval(mut self, time: Duration) -> Self {
        self.interval = time;
        self
    }

    const INTERVAL: Duration = Duration::from_millis(10);
}

/// What code in a sandbox has come to. Code can also make events up, within their interval.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// Qualified name of the function; `<module>` outside of any.
    pub function: String,
    /// The file as tracebacks name it, such as `<execution 1>`.
    pub file: String,
    /// The line; for calls and returns, the one where the function begins.
    pub line: u32,
}

/// What an [`Event`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A line is about to run.
    Line,
    /// A function was entered.
    Call,
    /// A function returns.
    Return,
}

type Handler = Arc<dyn Fn(&Event) + Send + Sync>;

/// A handler with what it wants to hear.
#[derive(Clone)]
pub(crate) struct Watch {
    pub(crate) events: Events,
    pub(crate) handler: Handler,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.events.fmt(f)
    }
}

/// What the host has set for one interpreter.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) recursion: Option<u32>,
    pub(crate) watch: Option<Watch>,
    /// When the last event was handed on.
    told: Option<Instant>,
}

impl settings::Host for HostState {
    fn recursion(&mut self) -> wasmtime::Result<Option<u32>> {
        Ok(self.settings.recursion)
    }

    fn watched(&mut self) -> wasmtime::Result<Option<settings::Watch>> {
        Ok(self.settings.watch.as_ref().map(|Watch { events, .. }| settings::Watch {
            lines: events.lines,
            calls: events.calls,
            interval: u64::try_from(events.interval.as_nanos()).unwrap_or(u64::MAX),
        }))
    }

    fn report(&mut self, what: Happening, function: String, file: String, line: u32) -> wasmtime::Result<()> {
        let Some(watch) = &self.settings.watch else { return Ok(()) };
        // The guest keeps the interval by itself, but nothing makes it. Its clock and ours need not agree on a
        // millisecond, and an event must not be lost for that.
        let now = Instant::now();
        let too_soon = |told: Instant| now.duration_since(told) < watch.events.interval.mul_f64(0.9);
        if self.settings.told.is_some_and(too_soon) {
            return Ok(());
        }
        self.settings.told = Some(now);
        let kind = match what {
            Happening::Line => EventKind::Line,
            Happening::Call => EventKind::Call,
            Happening::Return => EventKind::Return,
        };
        (watch.handler)(&Event { kind, function, file, line });
        Ok(())
    }
}
