//! Dynamic libraries of wheels.

use super::abi::Abi;
use crate::error::{Context as _, Result};

/// A dynamic library of a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Library {
    /// Absolute guest path, by which it is opened.
    pub path: String,
    /// File name of the wheel that it came in.
    pub wheel: String,
    /// Which ABI it is for.
    pub abi: Abi,
    /// As the wheel has it.
    pub bytes: Vec<u8>,
    /// Which item of `packages` asked for the wheel, for error messages.
    pub declared: Option<usize>,
}

impl Library {
    /// Says of an error where it happened.
    pub(super) fn attempt<T>(&self, result: Result<T>) -> Result<T> {
        result
            .context(|| format!("the native code `{}` in `{}` cannot be used", self.path, self.wheel))
            .map_err(
                |error| if self.declared.is_some() { error.blame("packages", self.declared) } else { error },
            )
    }
}
