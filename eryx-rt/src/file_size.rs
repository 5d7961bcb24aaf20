//! The limit on the size of files that this process writes (`RLIMIT_FSIZE`, `ulimit -f`).
//!
//! Whoever writes beyond it gets the signal SIGXFSZ, which ends the process, and only then an error. A library must not
//! set handlers for signals, so the thread that writes blocks this one for as long as it does.

use std::mem::MaybeUninit;
use std::ptr;

use rustix::process::{Resource, getrlimit};

/// The limit in bytes, if there is one. Memory files are files too.
pub(crate) fn limit() -> Option<u64> {
    getrlimit(Resource::Fsize).current
}

/// Does what may write to a file. Writing beyond the limit is the error EFBIG, and no signal.
///
/// It costs a system call, and some more only where there is a limit.
pub(crate) fn without_signal<T>(write: impl FnOnce() -> T) -> T {
    if limit().is_none() {
        return write();
    }
    let Some(_blocked) = SignalBlock::new() else { return write() };
    write()
}

/// SIGXFSZ is blocked in this thread as long as this lives.
struct SignalBlock {
    before: libc::sigset_t,
}

impl SignalBlock {
    /// `None` if it was blocked already.
    fn new() -> Option<Self> {
        let mut before = MaybeUninit::uninit();
        let this = only();
        // SAFETY: both pointers are to sets that live long enough; the call fills `before` when it succeeds.
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
        // The signal goes to the thread that wrote. Here it is taken, or it would be delivered as soon as it is let
        // through.
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
        // SAFETY: the set was filled when this was made; the mask before it is not asked for.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut()) };
    }
}

/// The set with this signal alone.
fn only() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` fills the set, and `sigaddset` is given a signal that there is.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGXFSZ);
        set.assume_init()
    }
}

fn has(set: &libc::sigset_t) -> bool {
    // SAFETY: the set is a valid one, by its type and who makes it.
    unsafe { libc::sigismember(set, libc::SIGXFSZ) == 1 }
}
