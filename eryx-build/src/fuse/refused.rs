//! The reason why the pass refuses a component.

use std::fmt;

use wasm_encoder::reencode;

/// A part of a component that the pass cannot keep.
#[derive(Debug)]
pub(super) struct FusionObstacle(String);

/// Result of a function of the pass.
pub(super) type FusionResult<T> = Result<T, FusionObstacle>;

impl FusionObstacle {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for FusionObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<wasmparser::Error> for FusionObstacle {
    fn from(error: wasmparser::Error) -> Self {
        Self(format!("it cannot be read: {error}"))
    }
}

impl From<reencode::Error<Self>> for FusionObstacle {
    fn from(error: reencode::Error<Self>) -> Self {
        match error {
            reencode::Error::UserError(refused) => refused,
            reencode::Error::ParseError(error) => error.into(),
            error => Self(format!("it cannot be rewritten: {error}")),
        }
    }
}

impl From<reencode::Error> for FusionObstacle {
    fn from(error: reencode::Error) -> Self {
        Self(format!("it cannot be rewritten: {error}"))
    }
}

/// Required by the encoder's trait, whose functions return its own error type.
impl From<FusionObstacle> for reencode::Error<FusionObstacle> {
    fn from(refused: FusionObstacle) -> Self {
        Self::UserError(refused)
    }
}
