//! Results of an execution: its output and value, or its failure.

mod exception;
mod failure;
mod output;
mod usage;
mod value;

pub use exception::{ChainedException, Exception, Frame, Relation};
pub use failure::{Cause, Failure};
pub use output::Output;
pub use usage::Usage;
pub use value::{UnrepresentableValue, ValueError};
