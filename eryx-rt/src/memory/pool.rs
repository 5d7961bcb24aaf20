//! The memories of one bundle: those that wait to be used, and those that wait to be set back.

use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::cleaner::{self, Cleanable, Urgency};
use super::hot_pages::HotPages;
use super::image::StartImage;
use super::lock::lock;
use super::page::page_size;
use super::pooled::{MemoryShape, PooledMemory};

/// Most memories that wait, for each bundle: twice the processors, for those that run and those that are set back meanwhile.
fn most_idle() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        (2 * processors).clamp(4, 64)
    })
}

/// While there are more that are ready, setting back the others is not urgent: each processor may take one meanwhile.
fn enough_ready() -> usize {
    most_idle() / 4
}

/// What becomes of a memory when its session has ended. For benches: [`Kept`](Self::Kept) is what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Reuse {
    /// It is unmapped.
    Never,
    /// It is used again, and all its pages are dropped.
    Dropped,
    /// It is used again, and pages that are written again and again stay in place.
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
    /// Equal to the image. The last one in is the first one out, since its pages are in the processor's cache.
    clean: Vec<PooledMemory>,
    /// To be set back.
    used: Vec<PooledMemory>,
    /// How many are being set back now.
    in_work: usize,
    /// Whether the cleaner knows of this pool's work, and what it was told of it.
    announced: Option<Urgency>,
}

impl MemoryPool {
    pub(crate) fn new(image: StartImage) -> Arc<Self> {
        // Grown by the first memory, which knows how much memory there is behind the image.
        Arc::new(Self {
            image: Arc::new(image),
            hot: Mutex::default(),
            idle: Mutex::default(),
            reuse: AtomicU8::new(Reuse::Kept as u8),
        })
    }

    /// A memory that holds the image.
    pub(super) fn take(&self, shape: MemoryShape) -> io::Result<PooledMemory> {
        let (clean, used) = {
            let mut idle = lock(&self.idle);
            let clean = idle.clean.pop();
            // Setting it back takes less time than the page faults of a new one.
            let used = if clean.is_none() { idle.used.pop() } else { None };
            (clean, used)
        };
        let used = used.and_then(|mut memory| self.set_back(&mut memory).then_some(memory));
        // A bundle has one memory, so the shape is the same each time; another one is no reason to fail.
        if let Some(memory) = clean.or(used).filter(|memory| memory.shape() == shape) {
            return Ok(memory);
        }
        lock(&self.hot).extend(shape.minimum / page_size());
        PooledMemory::new(&self.image, shape, &self.hot)
    }

    /// Takes back a memory that no instance uses any more. Setting it back is left to the cleaner, unless it takes less
    /// time than to tell it.
    pub(super) fn give_back(self: &Arc<Self>, mut memory: PooledMemory) {
        let reuse = self.reuse.load(Ordering::Relaxed);
        let is_clean = reuse == Reuse::Kept as u8 && memory.is_quick();
        if is_clean && !self.set_back(&mut memory) {
            // Its content is unknown.
            return;
        }
        let mut idle = lock(&self.idle);
        if reuse == Reuse::Never as u8 || idle.clean.len() + idle.used.len() + idle.in_work >= most_idle() {
            // Enough of them wait. It is unmapped here: who ends sessions that fast has to wait for that.
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
            // No thread to be had: the next one who takes a memory does the work.
            lock(&self.idle).announced = None;
        }
    }

    /// Waits until all memories that came back are set back.
    pub(crate) fn settle(&self) {
        while {
            let idle = lock(&self.idle);
            !idle.used.is_empty() || idle.in_work > 0
        } {
            std::thread::yield_now();
        }
    }

    /// Changes what becomes of memories from now on.
    pub(crate) fn set_reuse(&self, reuse: Reuse) {
        self.settle();
        lock(&self.idle).clean.clear();
        self.reuse.store(reuse as u8, Ordering::Relaxed);
    }

    /// How many memories are ready to be used, and how many of those are not what they should be. For tests.
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
                tracing::warn!(%error, "a linear memory could not be set back, and is given up");
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
