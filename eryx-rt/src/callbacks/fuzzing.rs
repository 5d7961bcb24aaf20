//! Calls for the fuzzer, with arguments as JSON that a guest sent.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::callback::Callback;

/// Calls a function that answers at once. Returns its answer as JSON.
///
/// # Errors
/// The exception for Python, as text.
pub fn call(callback: &Callback, arguments: &str) -> Result<String, String> {
    let answer = callback.call(arguments, None).map_err(|error| error.to_string())?;
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer.map_err(|error| error.to_string()),
        Poll::Pending => panic!("it waits"),
    }
}
