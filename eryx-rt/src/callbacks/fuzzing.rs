//! Calls for the fuzzer, with arguments as JSON that a guest sent.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::arguments::Arguments;
use super::callback::Callback;
use super::error::CallbackError;
use crate::budget::Budget;

/// Calls a function that answers at once. Returns its answer as JSON.
///
/// # Errors
/// The exception for Python, as text.
pub fn call(callback: &Callback, arguments: &str) -> Result<String, String> {
    let budget = Budget::default();
    let called = async {
        let (arguments, _charge) = Arguments::read(arguments.to_owned(), &budget).await?;
        callback.call(arguments, None)?.await
    };
    // Reading lets others go on when it takes long.
    let mut called = pin!(called);
    loop {
        if let Poll::Ready(answer) = called.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return answer.map_err(|error: CallbackError| error.to_string());
        }
    }
}
