//! Why a component is left as it is.

use std::fmt;

use wasm_encoder::reencode;

/// What was found that the pass does not know how to keep.
#[derive(Debug)]
pub(super) struct FusionObstacle(String);

/// The result of a part of the pass.
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
            error => Self(format!("it cannot be written anew: {error}")),
        }
    }
}

impl From<reencode::Error> for FusionObstacle {
    fn from(error: reencode::Error) -> Self {
        Self(format!("it cannot be written anew: {error}"))
    }
}

/// For the functions of the encoder's trait, which want its error.
impl From<FusionObstacle> for reencode::Error<FusionObstacle> {
    fn from(refused: FusionObstacle) -> Self {
        Self::UserError(refused)
    }
}
