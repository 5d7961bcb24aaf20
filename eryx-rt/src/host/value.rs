//! Reads the value of an execution from the guest.

use eryx_runtime::bindings::eryx::sandbox::types::{self, Exception, Frame};
use serde_json::Value;

use crate::budget::Budget;
use crate::json::{self, JsonError};
use crate::outcome::{Output, UnrepresentableValue};
use crate::text::shortened;

/// The value of an execution.
#[derive(Debug)]
pub(crate) enum ExecutionValue {
    None,
    Json(Value),
    Unrepresentable(UnrepresentableValue),
}

impl ExecutionValue {
    /// Reads the guest's answer. The JSON comes from the guest, so it may be invalid. Reading is part of the
    /// run and yields to other tasks.
    ///
    /// # Errors
    /// [`HostMemoryError`](crate::budget::HostMemoryError).
    pub(crate) async fn take(
        outcome: Result<types::Value, Exception>,
        budget: &Budget,
    ) -> wasmtime::Result<Result<Self, Exception>> {
        let _held = budget.charge(match &outcome {
            Ok(types::Value::None) => 0,
            Ok(types::Value::Json(json)) => json.len(),
            Ok(types::Value::Other(other)) => other.kind.len() + other.repr.len() + other.reason.len(),
            Err(exception) => size_of_exception(exception),
        })?;
        let value = match outcome {
            Err(exception) => return Ok(Err(exception)),
            Ok(value) => value,
        };
        Ok(Ok(match value {
            types::Value::None => Self::None,
            types::Value::Json(text) => match json::read(&text, budget).await {
                // The value now belongs to the program, so the charge ends.
                Ok((value, _charge)) => Self::Json(value),
                // A `str` with an unpaired surrogate, or nesting beyond the limit.
                Err(JsonError::Malformed(reason)) => Self::Unrepresentable(UnrepresentableValue {
                    kind: "str".to_owned(),
                    repr: shortened(&text),
                    reason,
                }),
                Err(JsonError::TooLarge(reached)) => return Err(reached.into()),
            },
            types::Value::Other(types::Unrepresentable { kind, repr, reason }) => {
                Self::Unrepresentable(UnrepresentableValue { kind, repr, reason })
            }
        }))
    }

    /// Stores the value in the output of its execution.
    pub(crate) fn put_into(self, output: &mut Output) {
        match self {
            Self::None => {}
            Self::Json(value) => output.value = Some(value),
            Self::Unrepresentable(value) => output.unrepresentable = Some(value),
        }
    }
}

fn size_of_exception(exception: &Exception) -> usize {
    let frames = |frames: &[Frame]| -> usize {
        let texts = frames.iter().map(|frame| frame.file.len() + frame.function.len() + frame.source.len());
        texts.sum::<usize>() + size_of_val(frames)
    };
    let chained =
        exception.chained.iter().map(|one| one.kind.len() + one.message.len() + frames(&one.frames));
    exception.kind.len()
        + exception.message.len()
        + exception.traceback.len()
        + frames(&exception.frames)
        + chained.sum::<usize>()
        + size_of_val(exception.chained.as_slice())
}
