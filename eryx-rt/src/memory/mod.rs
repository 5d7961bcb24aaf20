//! Linear memory: copy-on-write from the bundle's start image, and used again when a session has ended.
//!
//! Every interpreter begins as the memory of one that has started already, some 20 MB of which a short execution
//! changes about 1 %. So the image is a file, and each memory is a private mapping of it: a page is copied when it is
//! first written, by the kernel, at the price of a page fault. Those faults were nearly all of what a first execution
//! cost. They are avoided by using memory again: when a session ends, the pages it wrote are found and set back, and
//! the ones that every execution writes are set back by copying, so that they stay where they are.
//!
//! | part | does |
//! | --- | --- |
//! | [`image`] | the file, mapped once for reading |
//! | [`region`] | reserves address space, maps, protects and drops pages: all system calls on memory |
//! | [`pooled`] | one linear memory that no instance uses: growing it, and setting it back |
//! | [`loan`] | a memory while an instance uses it |
//! | [`written`] | asks the kernel which pages were written |
//! | [`hot_pages`] | learns which pages every execution writes |
//! | [`pool`] | the memories of a bundle; [`cleaner`] sets them back on a thread of its own |
//! | [`difference`] | the part of a memory that differs from the image: for snapshots of sessions |
//! | [`creator`] | gives wasmtime its memories |
//! | [`stack`] | gives wasmtime stacks for its fibers, used again as well |
//!
//! # How tenants are kept apart
//!
//! The pool hands out a memory only if it equals the image, byte for byte, with zeros behind it. This rests on one property
//! of private file mappings: a byte can differ from the file only in a page that is this mapping's own (anonymous), in
//! memory or swapped out. Each setting back asks the kernel for all of those pages and then compares or drops every one.
//! It makes no difference how a page became the mapping's own: by a write of the guest, by `mlockall` of the host
//! program, by a huge page, or by another thread's advice. Any of them may also happen while the memory waits: such a page
//! is a copy of clean bytes, and the next setting back finds it.
//!
//! Where the kernel cannot be asked (no procfs, or one that answers wrongly: it is tested once), all pages are dropped
//! instead. When any call fails, the memory is not used again.
//!
//! The types keep contents away from code that has no business with them: an idle [`pooled::PooledMemory`] can be changed through
//! `&mut` only, and a [`loan::MemoryLoan`] one not at all.

mod cleaner;
mod creator;
mod difference;
mod hot_pages;
mod image;
mod loan;
mod lock;
mod page;
mod pool;
mod pooled;
mod region;
mod stack;
mod written;

#[cfg(test)]
mod tests;

pub(crate) use creator::{Creator, EngineRole, with_pool};
pub(crate) use difference::{Difference, DifferenceError, MemoryChange, PIECE};
pub(crate) use image::StartImage;
pub(crate) use loan::MemoryView;
pub(crate) use pool::MemoryPool;
pub use pool::Reuse;
pub(crate) use stack::Stacks;
