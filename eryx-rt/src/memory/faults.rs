//! Page faults of a thread: whether memory can have got pages of its own.
//!
//! A page becomes a mapping's own by a page fault, in whichever thread writes to it, and the kernel counts the faults of
//! each thread. So a memory that was only used by threads which had no fault meanwhile has the pages that it had before,
//! and no others: they need not be looked for, which takes longer than a short execution. A fault for another reason
//! only means that they are looked for after all.
//!
//! The count is tried out once, and checked against the [pages](super::written) now and then: where it is wrong (some
//! kernels in user space count nothing), it is not asked again.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// It was wrong once.
static DISTRUSTED: AtomicBool = AtomicBool::new(false);

/// Page faults of this thread until now. `None` where nobody counts them, or counts wrongly.
pub(super) fn of_this_thread() -> Option<u64> {
    is_trusted().then(count)?
}

/// Whether the count can be relied on.
pub(super) fn is_trusted() -> bool {
    static RIGHT: OnceLock<bool> = OnceLock::new();
    !DISTRUSTED.load(Ordering::Relaxed) && *RIGHT.get_or_init(|| is_right(count))
}

/// Does without it from now on.
pub(super) fn distrust() {
    if !DISTRUSTED.swap(true, Ordering::Relaxed) {
        tracing::error!(
            "a page was written without a page fault that the kernel counts; pages are looked for from now on"
        );
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn count() -> Option<u64> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to a `rusage`, which the call fills.
    if unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: filled by the call, and zeros are a `rusage` too.
    let usage = unsafe { usage.assume_init() };
    u64::try_from(usage.ru_minflt).ok()?.checked_add(u64::try_from(usage.ru_majflt).ok()?)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn count() -> Option<u64> {
    None
}

/// Whether `count` sees that a page of a file is copied when it is written.
fn is_right(count: impl Fn() -> Option<u64>) -> bool {
    let write_once = || {
        let page = super::page_size();
        let image = super::Image::new(super::written::tempfile(page)?)?;
        let region = super::region::Region::reserve(page, page)?;
        region.map_image(&image)?;
        // SAFETY: the page is mapped for writing, and nothing else uses it.
        unsafe { region.base().read_volatile() };
        let before = count();
        // SAFETY: as above.
        unsafe { region.base().write_volatile(1) };
        Ok::<_, std::io::Error>((before, count()))
    };
    matches!(write_once(), Ok((Some(before), Some(after))) if after > before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_stands_still_is_not_believed() {
        assert!(!is_right(|| Some(0)));
        assert!(!is_right(|| None));
        assert!(is_right(count), "Linux counts");
    }
}
