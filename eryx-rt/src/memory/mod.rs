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
//! | [`slot`] | one linear memory: growing it, and setting it back |
//! | [`written`] | asks the kernel which pages were written |
//! | [`faults`] | tells whether any page can have been written that was not before |
//! | [`hot`] | learns which pages every execution writes |
//! | [`pool`] | the slots of a bundle; [`cleaner`] sets them back on a thread of its own |
//! | [`difference`] | what a memory has that the image has not: for snapshots of sessions |
//! | [`creator`] | gives wasmtime its memories |
//! | [`stack`] | gives wasmtime stacks for its fibers, used again as well |
//!
//! # What keeps tenants apart
//!
//! A slot is handed out only if it is equal to the image, byte for byte, with zeros behind it. A page that was written
//! is found by asking the kernel for pages that are not the file's: those are exactly the ones that were copied for
//! this mapping, in memory or swapped out. It need not be asked if no thread had a page fault while it used the memory: then
//! the pages are those that were in place before. Where the kernel cannot be asked (no procfs, or one that answers wrongly:
//! it is tested once), all pages are dropped instead. When any call fails, the slot is not used again.

mod cleaner;
mod creator;
mod difference;
mod faults;
mod hot;
mod image;
mod pool;
mod region;
mod slot;
mod stack;
mod written;

#[cfg(test)]
mod tests;

pub(crate) use creator::{Creator, Role, with_pool};
pub(crate) use difference::{Change, Difference, PIECE, Unfit};
pub(crate) use image::Image;
pub(crate) use pool::Pool;
pub use pool::Reuse;
pub(crate) use slot::View;
pub(crate) use stack::Stacks;

/// Size of a page of this machine, in bytes.
fn page_size() -> usize {
    rustix::param::page_size()
}
