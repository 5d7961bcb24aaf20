//! The interface between resolving and building from source.

use super::source_tree::SourceTree;
use crate::error::Result;
use crate::wheel::Wheel;

/// Builds wheels from source trees. The resolver needs one when only a build gives the metadata, and does not depend on
/// the implementation.
pub trait SourceBuilder: Sync {
    /// Builds the wheel, or returns an earlier result.
    ///
    /// # Errors
    /// When the build fails or is not possible here. The message gives the reason in a form that fits after
    /// `FILENAME: `.
    fn build(&self, source: SourceTree<'_>) -> Result<Wheel>;
}
