//! Values that cannot be converted.

/// Description of a value that JSON cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("JSON cannot hold the code's value {repr}: {reason}")]
#[non_exhaustive]
pub struct UnrepresentableValue {
    /// Qualified name of its type, such as `re.Match`.
    pub kind: String,
    /// `repr()` of the value, shortened to about a thousand characters.
    pub repr: String,
    /// The reason why JSON cannot hold it.
    pub reason: String,
}

/// Reasons why a value cannot be converted to the requested type; see
/// [`Output::value_as`](super::Output::value_as).
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
    #[error("the code's value {value} is not of type `{wanted}`")]
    Mismatch {
        /// The value as JSON, shortened to about a hundred characters.
        value: String,
        /// Name of the requested type.
        wanted: &'static str,
        /// The part that does not fit.
        #[source]
        source: serde_json::Error,
    },
}
