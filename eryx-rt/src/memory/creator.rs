//! The creator of linear memories for wasmtime.
//!
//! All bundles share an engine, and wasmtime does not tell the creator which instance a memory is for. So the
//! instantiating code names the pool with [`with_pool`], which sets it while its future is being polled on this thread.

use std::cell::RefCell;
use std::io;
use std::pin::pin;
use std::sync::Arc;

use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

use super::difference::Difference;
use super::loan::{InstanceMemory, MemoryView};
use super::pool::MemoryPool;
use super::pooled::MemoryShape;
use super::region::Region;

/// The kind of components in an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineRole {
    /// Finished components: their memory starts as an image.
    Run,
    /// Components under construction: their memory starts as zeros, and they fill it.
    #[cfg(feature = "compile")]
    Build,
}

thread_local! {
    /// The pool for the next memory on this thread.
    static WANTED: RefCell<Option<MemoryRequest>> = const { RefCell::new(None) };
}

struct MemoryRequest {
    pool: Arc<MemoryPool>,
    start: Option<Arc<Difference>>,
    given: Option<MemoryView>,
}

/// Runs a future that instantiates a bundle. Its linear memory comes from `pool` and starts as the start image, changed
/// by `start` if given. Returns the memory's view, or `None` if the future requested no memory.
pub(crate) async fn with_pool<F: Future>(
    pool: &Arc<MemoryPool>,
    start: Option<&Arc<Difference>>,
    future: F,
) -> (F::Output, Option<MemoryView>) {
    /// Restores the outer request: a poll may happen inside another one, and may panic.
    struct RequestGuard<'a> {
        outer: Option<MemoryRequest>,
        ours: &'a mut Option<MemoryRequest>,
    }

    impl Drop for RequestGuard<'_> {
        fn drop(&mut self) {
            *self.ours = WANTED.replace(self.outer.take());
        }
    }

    let mut ours = Some(MemoryRequest { pool: Arc::clone(pool), start: start.cloned(), given: None });
    let mut future = pin!(future);
    let output = std::future::poll_fn(|context| {
        let outer = WANTED.replace(ours.take());
        let _outer = RequestGuard { outer, ours: &mut ours };
        future.as_mut().poll(context)
    });
    let output = output.await;
    (output, ours.and_then(|wanted| wanted.given))
}

/// Creates the linear memories of an engine.
#[derive(Debug)]
pub(crate) struct Creator {
    role: EngineRole,
}

impl Creator {
    pub(crate) fn new(role: EngineRole) -> Self {
        Self { role }
    }

    fn create(&self, shape: MemoryShape) -> Result<Box<dyn LinearMemory>, String> {
        let system = |error: io::Error| format!("cannot get memory for a sandbox: {error}");
        // wasmtime's own heap, which holds exceptions in flight, starts empty.
        if self.role != EngineRole::Run || shape.minimum == 0 {
            return Ok(Box::new(PlainMemory::new(shape).map_err(system)?));
        }
        WANTED.with_borrow_mut(|wanted| match wanted {
            Some(MemoryRequest { pool, start, given: given @ None }) => {
                let mut memory = pool.take(shape).map_err(system)?;
                if let Some(start) = start
                    && let Err(error) = start.apply(&mut memory)
                {
                    pool.give_back(memory);
                    return Err(system(error));
                }
                let (memory, view) = InstanceMemory::new(memory, pool);
                *given = Some(view);
                Ok(Box::new(memory) as Box<dyn LinearMemory>)
            }
            Some(_) => Err("the bundle's code has a second memory".to_owned()),
            None => Err("code of a bundle is instantiated without its start image".to_owned()),
        })
    }
}

// SAFETY: memories are page-aligned, as large as requested, zero where the image is not, and have the reservation and
// the guard that wasmtime requests; only wasmtime changes their content, until it drops them.
unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        _: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        // Without a requested reservation a memory may move. With our engine's settings wasmtime always requests one.
        let reserved = reserved.or(maximum).unwrap_or(minimum);
        self.create(MemoryShape { minimum, reserved, guard })
    }
}

/// A memory that starts as zeros.
struct PlainMemory {
    region: Region,
    size: usize,
}

impl PlainMemory {
    fn new(shape: MemoryShape) -> io::Result<Self> {
        let region = shape.reserve()?;
        region.open(0..shape.minimum)?;
        Ok(Self { region, size: shape.minimum })
    }
}

// SAFETY: the region belongs to this memory alone: it is page-aligned, guarded and never moved.
unsafe impl LinearMemory for PlainMemory {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.region.length()
    }

    fn grow_to(&mut self, size: usize) -> wasmtime::Result<()> {
        if size > self.region.length() {
            return Err(io::Error::from(io::ErrorKind::OutOfMemory).into());
        }
        if size > self.size {
            self.region.open(self.size..size)?;
            self.size = size;
        }
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.region.base()
    }
}
