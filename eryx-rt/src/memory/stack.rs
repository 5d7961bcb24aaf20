//! Reusable stacks for wasmtime's fibers.
//!
//! Each sandbox runs on a separate stack with 10 MiB of address space. A new stack costs system calls, and a page fault
//! for each touched page. A returned stack keeps its topmost pages, which every execution needs, and drops the deeper
//! ones.
//!
//! Guest code cannot read leftovers on a stack: its variables are set before they are used, and it can address only
//! linear memory. In addition, the kept part is bounded, and only sandboxes of this process see it.

use std::ffi::c_void;
use std::io;
use std::ops::Range;
use std::ptr;
use std::sync::{Arc, Mutex};

use rustix::mm::{Advice, MapFlags, MprotectFlags, ProtFlags, madvise, mmap_anonymous, mprotect, munmap};
use wasmtime::{StackCreator, StackMemory};

use super::lock::lock;
use super::page::page_size;

/// Bytes at the top that stay resident.
const KEPT: usize = 128 << 10;

/// Maximum number of idle stacks.
const MOST_IDLE: usize = 16;

/// Hands out stacks, and takes them back.
#[derive(Debug, Default)]
pub(crate) struct Stacks {
    idle: Arc<Mutex<Vec<Stack>>>,
}

// SAFETY: every stack is at least as large as requested and page-aligned, has an inaccessible page below, is lent to
// one owner at a time, and lives until that owner drops it. Stacks that are requested zeroed are new mappings.
unsafe impl StackCreator for Stacks {
    fn new_stack(&self, size: usize, zeroed: bool) -> wasmtime::Result<Box<dyn StackMemory>> {
        let size = size.next_multiple_of(page_size());
        // A returned stack is not zeroed.
        let idle = if zeroed { None } else { lock(&self.idle).pop() };
        let stack = match idle {
            Some(stack) if stack.size == size => stack,
            _ => Stack::new(size)?,
        };
        Ok(Box::new(StackLoan { stack: Some(stack), home: Arc::clone(&self.idle) }))
    }
}

/// A guard page, and the stack above it.
#[derive(Debug)]
struct Stack {
    start: *mut c_void,
    size: usize,
}

// SAFETY: it owns its range of addresses, as a box does, and is not bound to a thread.
unsafe impl Send for Stack {}
// SAFETY: `&self` allows only address computations.
unsafe impl Sync for Stack {}

impl Stack {
    fn new(size: usize) -> io::Result<Self> {
        let guard = page_size();
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: without MAP_FIXED the kernel chooses an unused range, so no existing memory changes.
        let start = unsafe { mmap_anonymous(ptr::null_mut(), guard + size, ProtFlags::empty(), flags) }?;
        let stack = Self { start, size };
        let access = MprotectFlags::READ | MprotectFlags::WRITE;
        // SAFETY: the range is the upper part of the mapping made just now, to which there are no references.
        unsafe { mprotect(stack.bottom().cast(), size, access) }?;
        Ok(stack)
    }

    /// The lowest address above the guard.
    fn bottom(&self) -> *mut u8 {
        self.start.cast::<u8>().wrapping_add(page_size())
    }

    /// Drops the pages that only deep recursion needs.
    fn trim(&mut self) -> io::Result<()> {
        let deep = self.size.saturating_sub(KEPT);
        if deep > 0 {
            // SAFETY: the range is the lower part of this stack, which wasmtime has dropped: no fiber runs on it, and
            // no reference into it is left.
            unsafe { madvise(self.bottom().cast(), deep, Advice::LinuxDontNeed) }?;
        }
        Ok(())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the range is the entire mapping of `new`. The stack is either not lent, or was dropped by wasmtime:
        // no fiber runs on it any more.
        let _ = unsafe { munmap(self.start, page_size() + self.size) };
    }
}

/// A stack in use.
struct StackLoan {
    stack: Option<Stack>,
    home: Arc<Mutex<Vec<Stack>>>,
}

impl StackLoan {
    fn stack(&self) -> &Stack {
        self.stack.as_ref().unwrap_or_else(|| unreachable!("the stack is taken out only on drop"))
    }
}

// SAFETY: `top` is the end of the mapping and page-aligned, `range` is the accessible part, and `guard_range` is the
// inaccessible page right below. The stack is in this value until it is dropped, and is lent to no other owner
// meanwhile.
unsafe impl StackMemory for StackLoan {
    fn top(&self) -> *mut u8 {
        self.stack().bottom().wrapping_add(self.stack().size)
    }

    fn range(&self) -> Range<usize> {
        let bottom = self.stack().bottom() as usize;
        bottom..bottom + self.stack().size
    }

    fn guard_range(&self) -> Range<*mut u8> {
        self.stack().start.cast()..self.stack().bottom()
    }
}

impl Drop for StackLoan {
    fn drop(&mut self) {
        if let Some(mut stack) = self.stack.take() {
            if stack.trim().is_err() {
                return;
            }
            let mut idle = lock(&self.home);
            if idle.len() < MOST_IDLE {
                idle.push(stack);
            }
        }
    }
}
