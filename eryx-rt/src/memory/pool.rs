//! The idle memories of one bundle: clean ones, and used ones that wait to be reset.

use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::cleaner::{self, Cleanable, Urgency};
use super::hot_pages::HotPages;
use super::image::StartImage;
use super::lock::lock;
use super::page::page_size;
use super::pooled::{MemoryShape, PooledMemory};

/// Maximum number of idle memories of a bundle: two per processor, one for a running session and one for a memory that
/// is being reset meanwhile.
fn most_idle() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        (2 * processors).clamp(4, 64)
    })
}

/// Number of clean memories above which resetting used ones is not urgent: each processor may take one meanwhile.
fn enough_ready() -> usize {
    most_idle() / 4
}

/// What the pool does with a memory after its session. For benchmarks: only [`Kept`](Self::Kept) matters in production.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Reuse {
    /// Unmap it.
    Never,
    /// Reuse it, and drop all its pages.
    Dropped,
    /// Reuse it, and keep pages that are written repeatedly resident.
    Kept,
}

/// Hands out linear memories that hold the start image, and takes them back.
#[derive(Debug)]
pub(crate) struct MemoryPool {
    image: Arc<StartImage>,
    hot: Mutex<HotPages>,
    idle: Mutex<IdleMemories>,
    reuse: AtomicU8,
}

#[derive(Debug, Default)]
struct IdleMemories {
    /// Memories equal to the image. The last one in is the first one out, since its pages are in the processor's cache.
    clean: Vec<PooledMemory>,
    /// Memories to be reset.
    used: Vec<PooledMemory>,
    /// Number of memories that are being reset.
    in_work: usize,
    /// The urgency that was announced to the cleaner; `None` if this pool is not in its queue.
    announced: Option<Urgency>,
}

impl MemoryPool {
    pub(crate) fn new(image: StartImage) -> Arc<Self> {
        // The first memory extends it, because only the memory's shape tells how many pages are behind the image.
        Arc::new(Self {
            image: Arc::new(image),
            hot: Mutex::default(),
            idle: Mutex::default(),
            reuse: AtomicU8::new(Reuse::Kept as u8),
        })
    }

    /// Returns a memory that holds the image.
    pub(super) fn take(&self, shape: MemoryShape) -> io::Result<PooledMemory> {
        let (clean, used) = {
            let mut idle = lock(&self.idle);
            let clean = idle.clean.pop();
            // Resetting a used memory is faster than the page faults of a new one.
            let used = if clean.is_none() { idle.used.pop() } else { None };
            (clean, used)
        };
        let used = used.and_then(|mut memory| self.set_back(&mut memory).then_some(memory));
        // All memories of a bundle have the same shape. One of another shape is dropped.
        if let Some(memory) = clean.or(used).filter(|memory| memory.shape() == shape) {
            return Ok(memory);
        }
        lock(&self.hot).extend(shape.minimum / page_size());
        PooledMemory::new(&self.image, shape, &self.hot)
    }

    /// Takes back a memory after its instance is gone. The cleaner resets it, unless resetting it is faster than
    /// telling the cleaner.
    pub(super) fn give_back(self: &Arc<Self>, mut memory: PooledMemory) {
        let reuse = self.reuse.load(Ordering::Relaxed);
        let is_clean = reuse == Reuse::Kept as u8 && memory.is_quick();
        if is_clean && !self.set_back(&mut memory) {
            // The memory's content is unknown, so it is dropped.
            return;
        }
        let mut idle = lock(&self.idle);
        if reuse == Reuse::Never as u8 || idle.clean.len() + idle.used.len() + idle.in_work >= most_idle() {
            // Enough memories are idle. This one is unmapped here, in the caller's time: it slows down callers who end
            // sessions too fast for the cleaner.
            drop(idle);
            return;
        }
        if is_clean {
            idle.clean.push(memory);
            return;
        }
        idle.used.push(memory);
        let urgency = if idle.clean.len() > enough_ready() { Urgency::Soon } else { Urgency::Now };
        let announced = idle.announced;
        if announced >= Some(urgency) {
            return;
        }
        idle.announced = Some(urgency);
        drop(idle);
        if announced.is_some() {
            cleaner::hurry();
        } else if !cleaner::announce(Arc::<Self>::downgrade(self), urgency) {
            // The thread could not be started, so the next caller of `take` resets the memory.
            lock(&self.idle).announced = None;
        }
    }

    /// Waits until all returned memories are reset.
    pub(crate) fn settle(&self) {
        while {
            let idle = lock(&self.idle);
            !idle.used.is_empty() || idle.in_work > 0
        } {
            std::thread::yield_now();
        }
    }

    /// Sets what the pool does with memories from now on.
    pub(crate) fn set_reuse(&self, reuse: Reuse) {
        self.settle();
        lock(&self.idle).clean.clear();
        self.reuse.store(reuse as u8, Ordering::Relaxed);
    }

    /// Returns the number of clean memories, and how many of them differ from the image. For tests.
    pub(crate) fn inspect(&self) -> (usize, usize) {
        let idle = lock(&self.idle);
        (idle.clean.len(), idle.clean.iter().filter(|memory| !memory.is_pristine()).count())
    }

    fn set_back(&self, memory: &mut PooledMemory) -> bool {
        let done = if self.reuse.load(Ordering::Relaxed) == Reuse::Dropped as u8 {
            memory.drop_all()
        } else {
            memory.set_back(&self.hot)
        };
        match done {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "could not reset a linear memory; it is not reused");
                false
            }
        }
    }
}

impl Cleanable for MemoryPool {
    fn clean(&self) {
        loop {
            let mut memory = {
                let mut idle = lock(&self.idle);
                let Some(memory) = idle.used.pop() else {
                    idle.announced = None;
                    return;
                };
                idle.in_work += 1;
                memory
            };
            let whole = self.set_back(&mut memory);
            let mut idle = lock(&self.idle);
            idle.in_work -= 1;
            if whole {
                idle.clean.push(memory);
            }
        }
    }
}
