//! Events of running code.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Selects the events for a handler, and their rate. See [`with_events`](crate::SandboxBuilder::with_events).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Events {
    pub(super) lines: bool,
    pub(super) calls: bool,
    pub(super) interval: Duration,
}

impl Events {
    /// Selects an event for every line, before it runs.
    pub fn lines() -> Self {
        Self { lines: true, calls: false, interval: Self::INTERVAL }
    }

    /// Selects events for every function call and its return.
    pub fn calls() -> Self {
        Self { lines: false, calls: true, interval: Self::INTERVAL }
    }

    /// Selects events for lines, calls and returns.
    pub fn all() -> Self {
        Self { lines: true, calls: true, interval: Self::INTERVAL }
    }

    /// Sets the shortest time from one event to the next; events in between are dropped. Default: 10 ms.
    pub fn with_interval(mut self, time: Duration) -> Self {
        self.interval = time;
        self
    }

    const INTERVAL: Duration = Duration::from_millis(10);
}

/// An event of code in a sandbox. The code can also forge events, at the same limited rate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Kind of the event.
    pub kind: EventKind,
    /// Qualified name of the function, or `<module>` for code outside of functions.
    pub function: String,
    /// The file as tracebacks name it, for example `<execution 1>`.
    pub file: String,
    /// The line; for calls and returns, the function's first line.
    pub line: u32,
}

/// Kinds of events.
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

/// A handler and its events.
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

/// Host settings of one interpreter.
#[derive(Debug, Default)]
pub(crate) struct GuestSettings {
    pub(crate) recursion: Option<u32>,
    pub(crate) watch: Option<EventWatch>,
    /// Time of the last event that the handler got.
    pub(super) reported: Option<Instant>,
}
