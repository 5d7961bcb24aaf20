//! How interpreters share a machine: slots say how many may live, turns which of them runs, and a token stops them.

mod cancel;
mod slots;
mod turn;

pub use cancel::CancelToken;
pub(crate) use cancel::Cancellation;
pub use slots::Slots;
pub(crate) use slots::{Slot, cancelled_before_start};
pub(crate) use turn::Turn;
