//! Snapshots of live sessions: a whole interpreter that any number of sessions can continue from.

mod format;
#[expect(clippy::module_inception, reason = "named after its type")]
mod snapshot;
mod state;
#[cfg(test)]
mod tests;

pub use snapshot::Snapshot;
