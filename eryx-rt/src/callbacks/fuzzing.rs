//! Calls as the fuzzer makes them: arguments as JSON that a guest sent.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::callback::Callback;

/// What Python gets of a call whose function answers at once: the answer as JSON, or an exception as text.
///
/// # Errors
/// What Python raises.
pub fn call(callback: &Callback, arguments: &str) -> Result<String, String> {
    let answer = callback.call(arguments, None).map_err(|error| error.to_string())?;
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer.map_err(|error| error.to_string()),
        Poll::Pending => panic!("it waits"),
    }
}
