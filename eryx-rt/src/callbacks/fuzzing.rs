//! Calls as the fuzzer makes them: arguments as JSON that a guest sent.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::arguments::Arguments;
use super::callback::Callback;
use super::error::CallbackError;
use crate::budget::Budget;

/// What Python gets of a call whose function answers at once: the answer as JSON, or an exception as text.
///
/// # Errors
/// What Python raises.
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
