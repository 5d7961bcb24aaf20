//! Dynamic libraries of wheels.

use super::abi::Abi;
use crate::error::{Context as _, Result};

/// A dynamic library of a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Library {
    /// Absolute guest path, under which the guest opens it.
    pub path: String,
    /// File name of its wheel.
    pub wheel: String,
    /// The ABI it was compiled for.
    pub abi: Abi,
    /// Its bytes, as in the wheel.
    pub bytes: Vec<u8>,
    /// Index of the item in `packages` that required the wheel, for error messages.
    pub declared: Option<usize>,
}

impl Library {
    /// Adds the wheel and the library to an error.
    pub(super) fn attempt<T>(&self, result: Result<T>) -> Result<T> {
        result
            .context(|| format!("the native code `{}` in `{}` cannot be used", self.path, self.wheel))
            .map_err(
                |error| if self.declared.is_some() { error.blame("packages", self.declared) } else { error },
            )
    }
}
