//! Sharing a machine: slots limit the number of live interpreters, turns decide which one runs, and tokens
//! stop them.

mod cancel;
mod slots;
mod turn;

pub use cancel::CancelToken;
pub(crate) use cancel::Cancellation;
pub use slots::Slots;
pub(crate) use slots::{Slot, cancelled_before_start};
pub(crate) use turn::Turn;
