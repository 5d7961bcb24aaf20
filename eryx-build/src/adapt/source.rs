//! Wheels from source.

use crate::context::Context;
use crate::error::{Error, Result};
use crate::resolve::{SourceBuilder, SourceTree};
use crate::wheel::Wheel;

/// Builds wheels for one build of a bundle.
#[derive(Debug)]
pub struct Builder<'c> {
    context: &'c Context,
}

impl<'c> Builder<'c> {
    /// A builder that takes build requirements from the context's index, and keeps what it builds in its cache.
    pub fn new(context: &'c Context) -> Self {
        Self { context }
    }
}

impl SourceBuilder for Builder<'_> {
    fn build(&self, source: SourceTree<'_>) -> Result<Wheel> {
        tracing::debug!(?source, cache = ?self.context.cache, "building from source");
        Err(Error::new("eryx cannot build from source yet"))
    }
}
