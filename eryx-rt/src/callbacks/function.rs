//! Rust functions as callbacks.

use std::future::Future;
use std::pin::Pin;

use serde::de::DeserializeOwned;

use super::answer::CallbackAnswer;
use super::arguments::{ParameterValues, Parameters};
use super::error::CallbackError;

/// Future of one call; returns its answer as JSON.
pub(super) type CallbackFuture = Pin<Box<dyn Future<Output = Result<String, CallbackError>> + Send>>;

/// Asynchronous functions and closures that can be callbacks. They have up to eight parameters that serde can
/// deserialise, and return a [`CallbackAnswer`].
///
/// `Arguments` is the tuple of the parameters' types, so that one trait covers all numbers of parameters.
///
/// | parameters | call from Python |
/// | --- | --- |
/// | zero | `f()` |
/// | one that is not a struct, for example a number | `f(5)` |
/// | one struct, map or [`Value`](serde_json::Value) | `f(name="spam", limit=3)` with its fields, or `f({...})` |
/// | several | `f(5, "spam")`; trailing `Option`s can be left out |
///
/// Closures have no parameter names; `#[eryx::callback]` provides them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a callback",
    note = "a callback is an `async fn`, or a closure with an `async` block, with up to eight parameters that implement \
            `serde::de::DeserializeOwned`",
    note = "its future must be `Send` and return an `eryx::CallbackAnswer`"
)]
pub trait IntoCallback<Arguments>: Send + Sync + 'static {
    /// Number of parameters.
    #[doc(hidden)]
    const COUNT: usize;

    /// Takes the arguments and calls the function.
    #[doc(hidden)]
    fn begin(&self, values: ParameterValues) -> Result<CallbackFuture, CallbackError>;
}

/// Returns how a function without parameter names takes its arguments.
pub(super) fn unnamed(count: usize) -> Parameters {
    if count == 1 { Parameters::One } else { Parameters::Positional(count) }
}

macro_rules! functions {
    ($($count:literal: $($argument:ident)*;)*) => {$(
        impl<F, Fut, $($argument,)*> IntoCallback<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output: CallbackAnswer> + Send + 'static,
            $($argument: DeserializeOwned,)*
        {
            const COUNT: usize = $count;

            #[allow(non_snake_case, unused_mut, unused_variables, reason = "one macro for all numbers of parameters")]
            fn begin(&self, mut values: ParameterValues) -> Result<CallbackFuture, CallbackError> {
                $(let $argument = values.take::<$argument>()?;)*
                let future = self($($argument),*);
                Ok(Box::pin(async move { future.await.into_json() }))
            }
        }
    )*};
}

functions! {
    0:;
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E G;
    7: A B C D E G H;
    8: A B C D E G H I;
}
