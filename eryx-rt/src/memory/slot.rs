//! One linear memory: a region with the start image in it, that grows and can be set back.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::faults;
use super::hot::{Hot, Trace};
use super::image::Image;
use super::page_size;
use super::region::Region;
use super::written::{Unknown, written};

/// Most pages that are in place in a slot before it is used: 4 MiB where pages have 4 KiB. A short execution needs about 150;
/// code that writes to everything, run again and again, would have all of it kept.
const MOST_KEPT: usize = 1024;

/// Most of them that are compared and set back by whoever has ended a session: a few microseconds.
const MOST_QUICK: usize = 256;

/// How many times a slot is set back by the count of page faults, before its pages are looked for all the same.
const AUDIT: u32 = 64;

/// What wasmtime asks of a memory. All in bytes, and whole pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Accessible at the start.
    pub(super) minimum: usize,
    /// Address space in which it grows without moving.
    pub(super) reserved: usize,
    /// What is inaccessible behind that: compiled code relies on it in place of bounds checks.
    pub(super) guard: usize,
}

impl Shape {
    /// Reserves address space of this shape.
    pub(super) fn reserve(self) -> io::Result<Region> {
        Region::reserve(self.reserved.max(self.minimum), self.guard)
    }
}

/// A linear memory that begins as the start image.
#[derive(Debug)]
pub(super) struct Slot {
    region: Region,
    image: Arc<Image>,
    shape: Shape,
    /// Bytes that can be accessed now.
    size: AtomicUsize,
    /// Ranges in which another file is mapped than the image.
    overlays: Mutex<Vec<Range<usize>>>,
    /// For each page of the start, whether it is in place although nobody has written it in this turn.
    kept: Mutex<Vec<bool>>,
    /// Whether it may have pages in place besides those.
    disturbed: AtomicBool,
    /// How often it was set back.
    turns: AtomicU32,
}

impl Slot {
    /// A memory that holds the image, with the pages of `hot` in place.
    pub(super) fn new(image: &Arc<Image>, shape: Shape, hot: &Mutex<Hot>) -> io::Result<Self> {
        if image.bytes().len() > shape.minimum {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "the start image has {} bytes, and memory starts with {}",
                    image.bytes().len(),
                    shape.minimum
                ),
            ));
        }
        let region = shape.reserve()?;
        region.map_image(image)?;
        region.open(image.bytes().len()..shape.minimum)?;
        let mut kept = vec![false; shape.minimum / page_size()];
        let mut pages = Vec::new();
        for page in lock(hot).pages().take(MOST_KEPT) {
            if let Some(kept) = kept.get_mut(page) {
                *kept = true;
                push(&mut pages, page);
            }
        }
        for pages in pages {
            if region.populate(bytes_of(&pages)).is_err() {
                break;
            }
        }
        let size = AtomicUsize::new(shape.minimum);
        Ok(Self {
            region,
            image: Arc::clone(image),
            shape,
            size,
            overlays: Mutex::default(),
            kept: Mutex::new(kept),
            disturbed: AtomicBool::new(false),
            turns: AtomicU32::new(0),
        })
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    pub(super) fn base(&self) -> *mut u8 {
        self.region.base()
    }

    /// Bytes that can be accessed now.
    pub(super) fn size(&self) -> usize {
        self.size.load(Ordering::Acquire)
    }

    /// Bytes that can be made accessible without moving.
    pub(super) fn capacity(&self) -> usize {
        self.region.length()
    }

    /// Makes it larger; what is new is zero.
    pub(super) fn grow(&self, size: usize) -> io::Result<()> {
        if size > self.capacity() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let old = self.size();
        if size > old {
            self.region.open(old..size)?;
            self.size.store(size, Ordering::Release);
        }
        Ok(())
    }

    /// Makes it the start image again, whatever was done to it. Nobody may be using it.
    ///
    /// # Errors
    /// When the system fails. Then its content is unknown, and it must not be used again.
    pub(super) fn set_back(&self, hot: &Mutex<Hot>) -> io::Result<()> {
        if !lock(&self.overlays).is_empty() {
            return self.map_anew();
        }
        let quiet = !self.is_disturbed();
        let audit = self.turns.fetch_add(1, Ordering::Relaxed) % AUDIT == AUDIT - 1;
        let pages = if quiet && !audit {
            self.kept_pages()
        } else {
            match self.written_pages() {
                Ok(pages) => pages,
                Err(Unknown) => return self.drop_all(),
            }
        };
        self.shrink()?;
        let mut kept = lock(&self.kept);
        let mut dropped = Vec::new();
        let mut traces = Vec::with_capacity(256);
        for page in pages {
            match self.trace(page, kept[page]) {
                Some(trace) => traces.push((page, trace)),
                None => push(&mut dropped, page),
            }
        }
        if quiet && traces.iter().any(|(_, trace)| *trace == Trace::Appeared) {
            faults::distrust();
        }
        let mut room = MOST_KEPT;
        let mut unwanted = Vec::new();
        {
            let mut hot = lock(hot);
            traces.retain(|(page, trace)| {
                // Noted first: a page without room is in use all the same.
                let keep = hot.note(*page, *trace) && room > 0;
                kept[*page] = keep;
                if keep {
                    room -= 1;
                } else {
                    push(&mut unwanted, *page);
                }
                keep
            });
        }
        for (page, trace) in traces {
            if trace != Trace::Unchanged {
                self.restore(page);
            }
        }
        for pages in dropped.into_iter().chain(unwanted) {
            self.region.drop_pages(bytes_of(&pages))?;
        }
        self.disturbed.store(false, Ordering::Release);
        Ok(())
    }

    /// Runs what may write to this memory, and notes if pages may have come into place meanwhile.
    pub(super) fn watch<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = faults::of_this_thread();
        let result = work();
        if before.is_none() || before != faults::of_this_thread() {
            self.disturb();
        }
        result
    }

    /// Notes that it may have other pages in place than those that are known.
    pub(super) fn disturb(&self) {
        self.disturbed.store(true, Ordering::Release);
    }

    fn is_disturbed(&self) -> bool {
        self.disturbed.load(Ordering::Acquire) || !faults::is_trusted()
    }

    /// Whether setting it back takes less time than telling another thread to.
    pub(super) fn is_quick(&self) -> bool {
        !self.is_disturbed()
            && self.size() == self.shape.minimum
            && lock(&self.overlays).is_empty()
            && lock(&self.kept).iter().filter(|kept| **kept).count() <= MOST_QUICK
    }

    /// Asks the kernel for all pages that are not the image's.
    fn written_pages(&self) -> Result<Vec<usize>, Unknown> {
        let mut found = Vec::new();
        written(self.region.addresses(&(0..self.shape.minimum)), &mut found)?;
        let page = |address: usize| (address - self.base() as usize) / page_size();
        Ok(found.iter().flat_map(|range| page(range.start)..page(range.end)).collect())
    }

    /// Makes it the start image again without asking which pages were written.
    pub(super) fn drop_all(&self) -> io::Result<()> {
        if !lock(&self.overlays).is_empty() {
            return self.map_anew();
        }
        self.shrink()?;
        lock(&self.kept).fill(false);
        self.region.drop_pages(0..self.shape.minimum)?;
        self.disturbed.store(false, Ordering::Release);
        Ok(())
    }

    /// Makes it the start image again by mapping that, for one in which other things are mapped.
    fn map_anew(&self) -> io::Result<()> {
        self.region.clear(0..self.size())?;
        self.region.map_image(&self.image)?;
        self.region.open(self.image.bytes().len()..self.shape.minimum)?;
        self.size.store(self.shape.minimum, Ordering::Release);
        lock(&self.kept).fill(false);
        lock(&self.overlays).clear();
        self.disturbed.store(false, Ordering::Release);
        Ok(())
    }

    /// Takes away what it has grown by.
    fn shrink(&self) -> io::Result<()> {
        let (start, size) = (self.shape.minimum, self.size());
        if size > start {
            self.region.drop_pages(start..size)?;
            self.region.close(start..size)?;
            self.size.store(start, Ordering::Release);
        }
        Ok(())
    }

    /// Whether it is what a new one is. Nobody may be using it.
    pub(super) fn is_pristine(&self) -> bool {
        let (start, behind) = self.bytes().split_at(self.image.bytes().len().min(self.size()));
        self.size() == self.shape.minimum && start == self.image.bytes() && is_zero(behind)
    }

    /// Pages that were in place when it was last set back.
    pub(super) fn kept_pages(&self) -> Vec<usize> {
        lock(&self.kept).iter().enumerate().filter(|(_, kept)| **kept).map(|(page, _)| page).collect()
    }

    pub(super) fn image(&self) -> &Image {
        &self.image
    }

    /// All that can be accessed. Nobody may be changing it.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the range is accessible, and the caller sees to it that no guest code runs on it.
        unsafe { std::slice::from_raw_parts(self.base(), self.size()) }
    }

    /// Where it may differ from the image: ascending ranges of whole pages.
    pub(super) fn candidates(&self) -> Vec<Range<usize>> {
        let size = self.size();
        let mut found = Vec::new();
        if written(self.region.addresses(&(0..size)), &mut found).is_err() {
            found.clear();
            found.push(0..size);
            return found;
        }
        let base = self.base() as usize;
        for range in &mut found {
            *range = range.start - base..range.end - base;
        }
        // Pages of other files were not written, and differ all the same.
        found.extend(lock(&self.overlays).iter().cloned());
        found.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
        for range in found {
            match merged.last_mut() {
                Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }

    /// Copies bytes to an offset, all within what can be accessed. Nobody else may be using the slot.
    pub(super) fn write(&self, offset: usize, bytes: &[u8]) {
        assert!(
            offset.checked_add(bytes.len()).is_some_and(|end| end <= self.size()),
            "it lies outside memory"
        );
        let to = self.base().wrapping_add(offset);
        // SAFETY: the target is accessible by the check above, and no source of ours lies in a slot.
        unsafe { to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    /// Fills a range with zeros. Nobody else may be using the slot.
    pub(super) fn fill(&self, range: Range<usize>) {
        assert!(range.start <= range.end && range.end <= self.size(), "it lies outside memory");
        // SAFETY: the range is accessible by the check above.
        unsafe { self.base().wrapping_add(range.start).write_bytes(0, range.len()) };
    }

    /// Maps a part of a file over a range, copy-on-write.
    pub(super) fn overlay(&self, range: Range<usize>, file: &File, offset: u64) -> io::Result<()> {
        assert!(range.end <= self.size(), "it lies outside memory");
        // Noted first: if mapping fails half-way, the slot still knows that it is not the image's any more.
        lock(&self.overlays).push(range.clone());
        self.region.map(range, file, offset)
    }

    /// What was done to a page; nothing worth noting if it was only read.
    fn trace(&self, page: usize, kept: bool) -> Option<Trace> {
        // SAFETY: the page is in the accessible part, and nobody else uses the slot.
        let now = unsafe { std::slice::from_raw_parts(self.page(page), page_size()) };
        let pristine = self.pristine(page);
        if !kept {
            // Where there is no file, a page that is read is there, as the kernel's page of zeros.
            return if pristine.is_none() && is_zero(now) { None } else { Some(Trace::Appeared) };
        }
        let same = pristine.map_or_else(|| is_zero(now), |pristine| now == pristine);
        Some(if same { Trace::Unchanged } else { Trace::Changed })
    }

    /// Copies a page from the image, or fills it with zeros where the image has ended.
    fn restore(&self, page: usize) {
        let to = self.page(page);
        match self.pristine(page) {
            // SAFETY: both are whole pages, one in the accessible part that nobody else uses, the other in the image.
            Some(pristine) => unsafe { to.copy_from_nonoverlapping(pristine.as_ptr(), pristine.len()) },
            // SAFETY: as above.
            None => unsafe { to.write_bytes(0, page_size()) },
        }
    }

    fn page(&self, page: usize) -> *mut u8 {
        self.base().wrapping_add(page * page_size())
    }

    fn pristine(&self, page: usize) -> Option<&[u8]> {
        self.image.bytes().get(page * page_size()..(page + 1) * page_size())
    }
}

/// The memory of a live session, to be looked at while no guest code runs.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(super) slot: Arc<Slot>,
}

impl View {
    /// Runs what may write to this memory. Whoever polls the guest does it in here: what is written elsewhere is not
    /// known to the slot, and would be there for the next session.
    pub(crate) fn watch<T>(&self, work: impl FnOnce() -> T) -> T {
        self.slot.watch(work)
    }
}

/// Whether all bytes are zero; compared in words, since this is asked of many pages.
pub(super) fn is_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<16>();
    words.iter().all(|word| u128::from_ne_bytes(*word) == 0) && rest.iter().all(|byte| *byte == 0)
}

fn push(ranges: &mut Vec<Range<usize>>, page: usize) {
    match ranges.last_mut() {
        Some(last) if last.end == page => last.end += 1,
        _ => ranges.push(page..page + 1),
    }
}

fn bytes_of(pages: &Range<usize>) -> Range<usize> {
    pages.start * page_size()..pages.end * page_size()
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing that is done under these locks leaves things half-done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
