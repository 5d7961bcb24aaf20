//! The limit on the size of files that this process writes (`RLIMIT_FSIZE`, `ulimit -f`).
//!
//! A write beyond the limit sends the signal SIGXFSZ, which ends the process; only if the signal is blocked
//! or ignored does the write return an error. A library must not install signal handlers, so the writing
//! thread blocks this signal during the write.

use std::mem::MaybeUninit;
use std::ptr;

use rustix::process::{Resource, getrlimit};

/// Returns the limit in bytes, if there is one. Memory files are files too.
pub(crate) fn limit() -> Option<u64> {
    getrlimit(Resource::Fsize).current
}

/// Runs a function that may write to a file. A write beyond the limit fails with EFBIG and sends no signal.
///
/// This costs one system call, and a few more only if there is a limit.
pub(crate) fn without_signal<T>(write: impl FnOnce() -> T) -> T {
    if limit().is_none() {
        return write();
    }
    let Some(_blocked) = SignalBlock::new() else { return write() };
    write()
}

/// Blocks SIGXFSZ in this thread while it lives.
struct SignalBlock {
    before: libc::sigset_t,
}

impl SignalBlock {
    /// Returns `None` if the signal was blocked already.
    fn new() -> Option<Self> {
        let mut before = MaybeUninit::uninit();
        let this = only();
        // SAFETY: both pointers are to sets that live long enough; the call fills `before` when it
        // succeeds.
        let before = unsafe {
            let failed = libc::pthread_sigmask(libc::SIG_BLOCK, &raw const this, before.as_mut_ptr());
            assert_eq!(failed, 0, "SIG_BLOCK is a way to change a mask");
            before.assume_init()
        };
        (!has(&before)).then_some(Self { before })
    }
}

impl Drop for SignalBlock {
    fn drop(&mut self) {
        // The kernel sends the signal to the writing thread. Take it here, because unblocking would
        // deliver it.
        let mut pending = MaybeUninit::uninit();
        // SAFETY: the call fills the set that it is given when it succeeds, which it always does.
        let pending = unsafe {
            libc::sigpending(pending.as_mut_ptr());
            pending.assume_init()
        };
        if has(&pending) {
            let (this, mut taken) = (only(), 0);
            // SAFETY: both pointers are to values that live long enough. The signal is blocked and pending: it returns.
            unsafe { libc::sigwait(&raw const this, &raw mut taken) };
        }
        // SAFETY: `new` filled `before`; the null pointer means that the current mask is not returned.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut()) };
    }
}

/// Returns the set that contains only SIGXFSZ.
fn only() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` initialises the set, and `sigaddset` gets a valid signal number.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGXFSZ);
        set.assume_init()
    }
}

fn has(set: &libc::sigset_t) -> bool {
    // SAFETY: the set is initialised, because the type and all its constructors guarantee it.
    unsafe { libc::sigismember(set, libc::SIGXFSZ) == 1 }
}
