//! Engines and code that do not run on this machine.

use std::error::Error;

/// The engine cannot run on this machine: wasmtime refused its settings or the code, because the CPU lacks a
/// feature or because address space or threads are limited.
///
/// Its [source](Error::source) is the error of wasmtime or of the system.
#[derive(Debug, thiserror::Error)]
#[error("the Python engine cannot run here")]
pub struct EngineError(#[source] Box<dyn Error + Send + Sync>);

impl EngineError {
    pub(crate) fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
