//! The seam between resolving and building from source.

use super::source_tree::SourceTree;
use crate::error::Result;
use crate::wheel::Wheel;

/// Makes wheels of source trees. The resolver needs one where metadata cannot be had otherwise, and knows nothing of
/// how it is done.
pub trait SourceBuilder: Sync {
    /// Builds the wheel, or takes what was built before.
    ///
    /// # Errors
    /// When it cannot be built here; the message says why, in a form that fits behind `FILENAME: `.
    fn build(&self, source: SourceTree<'_>) -> Result<Wheel>;
}
