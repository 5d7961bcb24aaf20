//! Values that do not become what the program wants.

/// A value that JSON cannot hold, described.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("JSON cannot hold the code's value {repr}: {reason}")]
#[non_exhaustive]
pub struct UnrepresentableValue {
    /// Qualified name of its type, such as `re.Match`.
    pub kind: String,
    /// `repr()` of it, of which some thousand characters are kept.
    pub repr: String,
    /// Why JSON cannot hold it.
    pub reason: String,
}

/// Why an execution's value is not of the type that the program asked for; see [`Output::value_as`](super::Output::value_as).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The code has no value.
    #[error(
        "the code has no value: let its last statement be an expression, \
         or name a variable that it sets with `Code::with_result`"
    )]
    Missing,

    /// JSON cannot hold the code's value.
    #[error(transparent)]
    Unrepresentable(Box<UnrepresentableValue>),

    /// The code's value has another shape.
    #[error("the code's value {value} is no `{wanted}`")]
    Mismatch {
        /// The value as JSON, of which some hundred characters are kept.
        value: String,
        /// Name of the type that was asked for.
        wanted: &'static str,
        /// The part that does not fit.
        #[source]
        source: serde_json::Error,
    },
}
