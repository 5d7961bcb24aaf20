//! Concurrent waiting for the network.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::Result;

/// Enough threads to hide latency, without overloading an index.
const THREADS: usize = 4;

/// Calls `work` for each item, on a few threads. After a failure, no further item starts. The failure of the earliest
/// item is returned, so that the same mistake gives the same message.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let results: Vec<Mutex<Option<Result<R>>>> = items.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..THREADS.min(items.len()) {
            scope.spawn(|| {
                while !failed.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let result = work(item);
                    failed.fetch_or(result.is_err(), Ordering::Relaxed);
                    *results[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                }
            });
        }
    });
    // Items start in order, so a missing result can only follow a failure, and the failure ends the collecting.
    results.into_iter().filter_map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn order_is_kept_and_the_first_failure_wins() {
        let items: Vec<usize> = (0..100).collect();
        assert_eq!(
            map(&items, |item| Ok(item * 2)).unwrap(),
            (0..100).map(|item| item * 2).collect::<Vec<_>>()
        );
        let begun = AtomicUsize::new(0);
        let error = map(&items, |item| {
            begun.fetch_add(1, Ordering::Relaxed);
            if *item == 5 { Err(Error::new("five")) } else { Ok(()) }
        });
        assert_eq!(error.unwrap_err().to_string(), "five");
        assert!(begun.into_inner() < 100);
    }
}
