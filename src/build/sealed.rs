//! Keeps the traits of this module to the types of this crate, so that they can grow.

use crate::{Sandbox, SandboxBuilder};

/// Only types of this crate have it.
pub trait Sealed {}

impl Sealed for SandboxBuilder<'_> {}

impl Sealed for Sandbox {}
