//! Events: what a program hears of the code while it runs.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Which events a handler is told, and how often. See
/// [`with_events`](crate::SandboxBuilder::with_events).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Events {
    pub(super) lines: bool,
    pub(super) calls: bool,
    pub(super) interval: Duration,
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
    pub fn with_interval(mut self, time: Duration) -> Self {
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

type EventHandler = Arc<dyn Fn(&Event) + Send + Sync>;

/// A handler with what it wants to hear.
#[derive(Clone)]
pub(crate) struct EventWatch {
    pub(crate) events: Events,
    pub(crate) handler: EventHandler,
}

impl fmt::Debug for EventWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.events.fmt(f)
    }
}

/// What the host has set for one interpreter.
#[derive(Debug, Default)]
pub(crate) struct GuestSettings {
    pub(crate) recursion: Option<u32>,
    pub(crate) watch: Option<EventWatch>,
    /// When the last event was handed on.
    pub(super) reported: Option<Instant>,
}
