//! Seals the traits of this module, so that they can gain methods.

use crate::{Sandbox, SandboxBuilder};

/// A bound that only types of this crate satisfy.
pub trait Sealed {}

impl Sealed for SandboxBuilder<'_> {}

impl Sealed for Sandbox {}
