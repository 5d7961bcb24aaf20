//! Snapshots of live sessions: the whole interpreter, to go on from as often as is liked.

mod format;
#[expect(clippy::module_inception, reason = "named after its type")]
mod snapshot;
mod state;
#[cfg(test)]
mod tests;

pub use snapshot::Snapshot;
