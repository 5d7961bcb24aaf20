//! Locks of memory and stacks.

use std::sync::{Mutex, PoisonError};

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing that is done under these locks leaves things half-done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
