//! Locking for memories and stacks.

use std::sync::{Mutex, PoisonError};

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Operations under these locks leave the data consistent, also if they panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
