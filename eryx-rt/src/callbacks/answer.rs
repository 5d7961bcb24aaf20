//! Return types of callbacks.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Display;

use serde::Serialize;
use serde_json::Value;

use super::error::CallbackError;

/// Types that a callback's future can return: a value or a [`Result`].
///
/// A `Result<T, E>` may hold any `T` that serde can serialise, and any error that implements `Display`.
/// Without a `Result`, numbers, text, collections, tuples and [`Value`] work directly; wrap other types in
/// [`Json`]. (serde can serialise results too, so Rust cannot tell "any value" from "any result".)
#[diagnostic::on_unimplemented(
    message = "a callback cannot return `{Self}`",
    note = "return `Result<{Self}, E>` with an error that implements `Display`, or `eryx::Json({Self})`",
    note = "the value must implement `serde::Serialize`"
)]
pub trait CallbackAnswer: Sized {
    /// Returns the answer as JSON.
    ///
    /// # Errors
    /// The callback's error, or one that says why the answer cannot be written as JSON.
    fn into_json(self) -> Result<String, CallbackError>;
}

/// An answer of any type that serde can serialise.
///
/// ```
/// # #[derive(serde::Serialize)]
/// # struct Price { cents: u64 }
/// use eryx_rt::{Json, Sandbox};
/// let builder = Sandbox::builder().with_callback("price", || async { Json(Price { cents: 42 }) });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<T>(pub T);

fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, CallbackError> {
    serde_json::to_string(value)
        .map_err(|error| CallbackError::new(format_args!("the answer cannot be written as JSON: {error}")))
}

impl<T: Serialize> CallbackAnswer for Json<T> {
    fn into_json(self) -> Result<String, CallbackError> {
        to_json(&self.0)
    }
}

impl<T: Serialize, E: Display + 'static> CallbackAnswer for Result<T, E> {
    fn into_json(self) -> Result<String, CallbackError> {
        match self {
            Ok(value) => to_json(&value),
            Err(error) => Err(CallbackError::from_display(&error)),
        }
    }
}

macro_rules! answers {
    ($([$($generics:tt)*] $type:ty,)*) => {$(
        impl<$($generics)*> CallbackAnswer for $type {
            fn into_json(self) -> Result<String, CallbackError> {
                to_json(&self)
            }
        }
    )*};
}

answers! {
    [] (), [] bool, [] char, [] String, [] &'static str, [] Cow<'static, str>, [] Value, [] serde_json::Map<String, Value>,
    [] i8, [] i16, [] i32, [] i64, [] isize, [] u8, [] u16, [] u32, [] u64, [] usize, [] f32, [] f64,
    [T: Serialize] Option<T>, [T: Serialize] Vec<T>, [T: Serialize] Box<T>, [T: Serialize] BTreeSet<T>,
    [T: Serialize, S] HashSet<T, S>, [T: Serialize] std::collections::VecDeque<T>,
    [K: Serialize, V: Serialize] BTreeMap<K, V>, [K: Serialize, V: Serialize, S] HashMap<K, V, S>,
    [A: Serialize] (A,), [A: Serialize, B: Serialize] (A, B), [A: Serialize, B: Serialize, C: Serialize] (A, B, C),
    [A: Serialize, B: Serialize, C: Serialize, D: Serialize] (A, B, C, D),
}
