//! The guest's imports of `eryx:sandbox/settings`: settings that it reads before its first code runs, and
//! events.

use std::time::Instant;

use eryx_runtime::bindings::eryx::sandbox::settings::{self, Happening};

use super::events::{Event, EventKind, EventWatch};
use super::state::HostState;

impl settings::Host for HostState {
    fn recursion(&mut self) -> wasmtime::Result<Option<u32>> {
        Ok(self.settings.recursion)
    }

    fn watched(&mut self) -> wasmtime::Result<Option<settings::Watch>> {
        Ok(self.settings.watch.as_ref().map(|EventWatch { events, .. }| settings::Watch {
            lines: events.lines,
            calls: events.calls,
            interval: u64::try_from(events.interval.as_nanos()).unwrap_or(u64::MAX),
        }))
    }

    fn report(&mut self, what: Happening, function: String, file: String, line: u32) -> wasmtime::Result<()> {
        let Some(watch) = &self.settings.watch else { return Ok(()) };
        // The guest keeps the interval itself, but code can change that. A tolerance avoids losing events, because
        // the guest's clock and ours may differ by a millisecond.
        let now = Instant::now();
        let too_soon = |last: Instant| now.duration_since(last) < watch.events.interval.mul_f64(0.9);
        if self.settings.reported.is_some_and(too_soon) {
            return Ok(());
        }
        self.settings.reported = Some(now);
        let kind = match what {
            Happening::Line => EventKind::Line,
            Happening::Call => EventKind::Call,
            Happening::Return => EventKind::Return,
        };
        (watch.handler)(&Event { kind, function, file, line });
        Ok(())
    }
}
