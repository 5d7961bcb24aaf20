//! A host function with its description, schema and limits.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::CallbackAnswer;
use super::arguments::{Arguments, ParameterValues, Parameters};
use super::error::CallbackError;
use super::function::{CallbackFuture, IntoCallback, unnamed};

type CallbackStart = dyn Fn(ParameterValues) -> Result<CallbackFuture, CallbackError> + Send + Sync;

/// A host function that code in a sandbox can call, with its description, schema and limits.
///
/// Pass it to [`SandboxBuilder::with_function`](crate::SandboxBuilder::with_function). A closure without a
/// description can go to [`with_callback`](crate::SandboxBuilder::with_callback) directly. A function with
/// the attribute `#[eryx::callback]` has its name, documentation and schema already.
///
/// ```
/// use std::time::Duration;
/// use eryx_rt::{Callback, Sandbox};
/// let builder = Sandbox::builder().with_function(
///     Callback::new("db.count", |table: String| async move { table.len() })
///         .with_description("Number of rows in a table.")
///         .with_time_limit(Duration::from_secs(2))
///         .with_call_limit(100),
/// );
/// ```
#[derive(Clone)]
#[must_use]
pub struct Callback {
    pub(super) name: String,
    pub(super) description: String,
    parameters: Parameters,
    schema: Option<Value>,
    /// Whether the schema is the only check of arguments.
    checked: bool,
    returns: Option<Value>,
    time_limit: Option<Duration>,
    pub(super) call_limit: Option<u64>,
    pub(super) replaces_builtin: bool,
    begin: Arc<CallbackStart>,
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback")
            .field("name", &self.name)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

impl Callback {
    /// Makes a callback with a name such as `lookup`, or `db.lookup` in a namespace. [`IntoCallback`]
    /// explains how its function is called.
    pub fn new<A, F: IntoCallback<A>>(name: impl Into<String>, function: F) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            parameters: unnamed(F::COUNT),
            schema: None,
            checked: false,
            returns: None,
            time_limit: None,
            call_limit: None,
            replaces_builtin: false,
            begin: Arc::new(move |values| function.begin(values)),
        }
    }

    /// Makes a callback from a JSON schema that is known only at run time, for example a tool that a
    /// configuration file or another server describes.
    ///
    /// `schema` describes the object of all arguments. Before each call, `type`, `required`, `properties`,
    /// `additionalProperties: false`, `items` and `enum` are checked at every depth; a mismatch is a
    /// `TypeError` in Python. Required arguments can also be positional, in the order of `required`.
    ///
    /// ```
    /// use eryx_rt::{Callback, Value};
    /// let schema = serde_json::json!({
    ///     "type": "object",
    ///     "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    ///     "required": ["city"],
    /// });
    /// let forecast = Callback::dynamic("forecast", schema, |arguments: Value| async move {
    ///     Ok::<_, String>(format!("rain in {}", arguments["city"]))
    /// });
    /// ```
    pub fn dynamic<F, Fut>(name: impl Into<String>, schema: Value, function: F) -> Self
    where
        F: Fn(Value) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: CallbackAnswer> + Send + 'static,
    {
        Self { checked: true, ..Self::new(name, function) }.with_arguments_schema(schema)
    }

    /// Sets the description, in a sentence or more: the text of Python's `help(name)`, and for a model that
    /// writes the code.
    pub fn with_description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Sets the JSON schema of the object of all arguments, as documentation. For a function with one
    /// parameter, `required` lists the fields that can be positional.
    pub fn with_arguments_schema(mut self, schema: Value) -> Self {
        if let Parameters::One | Parameters::Fields(_) = self.parameters {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            self.parameters =
                Parameters::Fields(required.filter_map(Value::as_str).map(Into::into).collect());
        }
        self.schema = Some(schema);
        self
    }

    /// Sets the JSON schema of the answer, as documentation.
    pub fn with_answer_schema(mut self, schema: Value) -> Self {
        self.returns = Some(schema);
        self
    }

    /// Limits the time of a call. A call that takes longer is dropped, and Python raises `TimeoutError`.
    pub fn with_time_limit(mut self, time: Duration) -> Self {
        self.time_limit = Some(time);
        self
    }

    /// Limits the number of calls in one execution; further calls raise `eryx.CallbackError`.
    pub fn with_call_limit(mut self, count: u64) -> Self {
        self.call_limit = Some(count);
        self
    }

    /// Allows a name of one of Python's built-ins, for example `open`. The callback hides the built-in.
    pub fn with_builtin_name(mut self) -> Self {
        self.replaces_builtin = true;
        self
    }

    /// Sets the names of its parameters.
    #[cfg(feature = "schema")]
    pub(super) fn named(mut self, names: Vec<String>) -> Self {
        self.parameters = Parameters::Named(names);
        self
    }

    /// Returns the name, with its namespace.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the description; empty if it was not set.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Returns the JSON schema of the object of all arguments, if there is one.
    pub fn arguments_schema(&self) -> Option<&Value> {
        self.schema.as_ref()
    }

    /// Returns the JSON schema of the answer, if there is one.
    pub fn answer_schema(&self) -> Option<&Value> {
        self.returns.as_ref()
    }

    /// Returns its description for the guest, as JSON.
    pub(crate) fn facts(&self) -> String {
        let (positional, count) = match &self.parameters {
            Parameters::Named(names) => (names.clone(), None),
            Parameters::Fields(order) => (order.clone(), None),
            Parameters::Positional(count) => (Vec::new(), Some(*count)),
            Parameters::One => (Vec::new(), None),
        };
        json!({
            "description": self.description,
            "schema": self.schema,
            "returns": self.returns,
            "positional": positional,
            "count": count,
        })
        .to_string()
    }

    /// Starts one call.
    pub(super) fn call(
        &self,
        arguments: Arguments,
        time_limit: Option<Duration>,
    ) -> Result<impl Future<Output = Result<String, CallbackError>> + Send + use<>, CallbackError> {
        let schema = self.schema.as_ref().filter(|_| self.checked);
        let values = arguments.bind(&self.name, &self.parameters, schema)?;
        let panicked = |name: &str| {
            tracing::error!(callback = name, "a callback panicked");
            CallbackError::new(format_args!("the host's function `{name}` panicked"))
        };
        // The function runs here until its first wait, and may panic, just as its future may later.
        let begun = catch_unwind(AssertUnwindSafe(|| (self.begin)(values)));
        let mut running = begun.unwrap_or_else(|_| Err(panicked(&self.name)))?;
        let name = self.name.clone();
        let limit = [self.time_limit, time_limit].into_iter().flatten().min();
        let running = std::future::poll_fn(move |context| {
            catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context)))
                .unwrap_or_else(|_| Poll::Ready(Err(panicked(&name))))
        });
        let name = limit.map(|_| self.name.clone());
        Ok(async move {
            let (Some(limit), Some(name)) = (limit, name) else { return running.await };
            tokio::time::timeout(limit, running).await.unwrap_or_else(|_| {
                Err(CallbackError::of_kind(
                    "TimeoutError",
                    format_args!("{name}() did not answer within {limit:?}"),
                ))
            })
        })
    }
}
