//! Linear memory: copy-on-write from the bundle's start image, and reused after a session.
//!
//! Every interpreter starts with the memory of an interpreter that has already started: about 20 MB, of which a short
//! execution changes about 1 %. So the image is a file, and each memory is a private mapping of it. The kernel copies a
//! page on the first write, at the price of a page fault. These faults were almost the whole cost of a first execution.
//! Reusing memory avoids them: after a session, the pool finds the written pages and resets them. Pages that every
//! execution writes are reset by copying, so that they stay resident.
//!
//! | part | purpose |
//! | --- | --- |
//! | [`image`] | the file, mapped once for reading |
//! | [`region`] | reserves address space, maps, protects and drops pages: all system calls on memory |
//! | [`pooled`] | one idle linear memory: growing and resetting it |
//! | [`loan`] | a memory while an instance uses it |
//! | [`written`] | asks the kernel which pages were written |
//! | [`hot_pages`] | learns which pages every execution writes |
//! | [`pool`] | the memories of a bundle; [`cleaner`] resets them on a background thread |
//! | [`difference`] | the part of a memory that differs from the image, for snapshots of sessions |
//! | [`creator`] | creates memories for wasmtime |
//! | [`stack`] | creates and reuses stacks for wasmtime's fibers |
//!
//! # How tenants are kept apart
//!
//! The pool hands out a memory only if it equals the image byte for byte, with zeros behind it. This rests on one
//! property of private file mappings: a byte can differ from the file only in an anonymous page of this mapping,
//! resident or swapped out. Each reset asks the kernel for all of these pages, and then compares or drops every one.
//!
//! It makes no difference why a page became anonymous: by a write of the guest, by `mlockall` of the host program, by a
//! huge page, or by another thread's advice. This may also happen while the memory waits in the pool. Such a page is a
//! copy of clean bytes, and the next reset finds it.
//!
//! If the kernel cannot answer (no procfs, or one that failed the test at start), all pages are dropped. If a system
//! call fails, the memory is not reused.
//!
//! The types protect the content: an idle [`pooled::PooledMemory`] can be changed through `&mut` only, and safe code
//! cannot access a [`loan::MemoryLoan`] at all.

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
