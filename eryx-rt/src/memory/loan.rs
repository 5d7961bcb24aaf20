//! A memory that an instance uses.
//!
//! wasmtime owns the memory of an instance and may run guest code on it at any time, so safe code must not read or
//! write the bytes of a lent memory. [`MemoryLoan`] enforces that: it gives wasmtime a raw address, and gives the idle
//! [`PooledMemory`] only to callers who guarantee that no guest code runs.

use std::io;
use std::sync::{Arc, Mutex};

use wasmtime::{LinearMemory, Store};

use super::difference::Difference;
use super::lock::lock;
use super::pool::MemoryPool;
use super::pooled::PooledMemory;

/// A memory that an instance may be changing.
#[derive(Debug)]
pub(super) struct MemoryLoan(PooledMemory);

impl PooledMemory {
    /// Lends the memory to an instance.
    pub(super) fn lend(self) -> MemoryLoan {
        MemoryLoan(self)
    }
}

impl MemoryLoan {
    /// The memory, for reading.
    ///
    /// # Safety
    /// No guest code runs on this memory while the reference lives.
    unsafe fn paused(&self) -> &PooledMemory {
        &self.0
    }

    /// Ends the loan.
    ///
    /// # Safety
    /// The instance is gone: code that has the address of this memory never runs again.
    unsafe fn into_idle(self) -> PooledMemory {
        self.0
    }
}

/// A lent memory, shared by an instance and its host. It is empty after the instance is gone.
type SharedLoan = Arc<Mutex<Option<MemoryLoan>>>;

/// The linear memory of an instance. It returns to its pool when wasmtime drops it.
pub(super) struct InstanceMemory {
    loan: SharedLoan,
    pool: Arc<MemoryPool>,
    /// Constant for the memory's life, so wasmtime gets it without the lock.
    base: *mut u8,
    capacity: usize,
    size: usize,
}

// SAFETY: the pointer is the address of the lent memory, which any thread may use.
unsafe impl Send for InstanceMemory {}
// SAFETY: as above; `&self` only returns numbers.
unsafe impl Sync for InstanceMemory {}

impl InstanceMemory {
    /// Lends a memory to an instance, and a view of it to the host.
    pub(super) fn new(memory: PooledMemory, pool: &Arc<MemoryPool>) -> (Self, MemoryView) {
        let (base, capacity, size) = (memory.base(), memory.capacity(), memory.size());
        let loan = Arc::new(Mutex::new(Some(memory.lend())));
        let view = MemoryView { loan: Arc::clone(&loan) };
        (Self { loan, pool: Arc::clone(pool), base, capacity, size }, view)
    }
}

// SAFETY: the memory is lent to this value until it is dropped. It is page-aligned, guarded and never moved.
unsafe impl LinearMemory for InstanceMemory {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.capacity
    }

    fn grow_to(&mut self, size: usize) -> wasmtime::Result<()> {
        let mut loan = lock(&self.loan);
        let Some(MemoryLoan(memory)) = &mut *loan else {
            wasmtime::bail!("the memory was returned to its pool, and cannot grow");
        };
        // Growing makes pages accessible behind those that the guest can address, and touches none of them.
        memory.grow(size)?;
        self.size = memory.size();
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.base
    }
}

impl Drop for InstanceMemory {
    fn drop(&mut self) {
        let lent = lock(&self.loan).take();
        if let Some(lent) = lent {
            // SAFETY: wasmtime drops a memory when its store is gone, after the last of its code has run.
            self.pool.give_back(unsafe { lent.into_idle() });
        }
    }
}

/// The memory of a live session, readable while no guest code runs.
#[derive(Debug)]
pub(crate) struct MemoryView {
    loan: SharedLoan,
}

impl MemoryView {
    /// Calls `look` with the memory of the instance in `store`. `of` finds the view in the store's data. Returns `None`
    /// if there is no memory.
    ///
    /// # Safety
    /// The view that `of` finds belongs to an instance in this very store.
    unsafe fn look<T, R>(
        store: &mut Store<T>,
        of: impl FnOnce(&T) -> Option<&Self>,
        look: impl FnOnce(&PooledMemory) -> R,
    ) -> Option<R> {
        let view = of(store.data())?;
        let loan = lock(&view.loan);
        // SAFETY: guest code runs only through its store. The caller guarantees that this is the memory's store, and it
        // is borrowed mutably for as long as the reference lives.
        loan.as_ref().map(|lent| look(unsafe { lent.paused() }))
    }

    /// Returns the part of the memory that differs from its image. `of` finds the view in the store's data. Returns
    /// `None` if there is no memory.
    ///
    /// # Safety
    /// The view that `of` finds belongs to an instance in this very store.
    pub(crate) unsafe fn difference<T>(
        store: &mut Store<T>,
        of: impl FnOnce(&T) -> Option<&Self>,
    ) -> Option<io::Result<Arc<Difference>>> {
        // SAFETY: the caller's contract is the same.
        unsafe { Self::look(store, of, |memory| Difference::of(memory).map(Arc::new)) }
    }

    /// Calls `look` with all bytes of the memory. For tests.
    ///
    /// # Safety
    /// The view that `of` finds belongs to an instance in this very store.
    pub(crate) unsafe fn bytes<T, R>(
        store: &mut Store<T>,
        of: impl FnOnce(&T) -> Option<&Self>,
        look: impl FnOnce(&[u8]) -> R,
    ) -> Option<R> {
        // SAFETY: the caller's contract is the same.
        unsafe { Self::look(store, of, |memory| look(memory.bytes())) }
    }
}
