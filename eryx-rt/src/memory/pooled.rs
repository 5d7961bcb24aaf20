//! One linear memory: a region with the start image in it, which can grow and be reset.
//!
//! A [`PooledMemory`] is idle: no instance knows its address, so the owner of the value owns the bytes, and safe
//! methods read and change them. [`PooledMemory::lend`] turns it into a [`MemoryLoan`](super::loan::MemoryLoan) while
//! an instance uses it. Then the bytes are out of reach of safe code.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::hot_pages::{HotPages, PageTrace};
use super::image::StartImage;
use super::lock::lock;
use super::page::page_size;
use super::region::Region;
use super::written::{UnknownPages, written};

/// Maximum number of resident pages in an idle memory: 4 MiB with pages of 4 KiB. A short execution needs about 150.
/// Without the limit, code that repeatedly writes to all of its memory would keep all of it resident.
const MOST_KEPT: usize = 1024;

/// The sizes that wasmtime requests, in bytes and multiples of the page size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MemoryShape {
    /// Accessible at the start.
    pub(super) minimum: usize,
    /// Address space in which the memory grows without moving.
    pub(super) reserved: usize,
    /// Inaccessible bytes behind the reservation. Compiled code relies on them instead of bounds checks.
    pub(super) guard: usize,
}

impl MemoryShape {
    /// Reserves address space of this shape.
    pub(super) fn reserve(self) -> io::Result<Region> {
        Region::reserve(self.reserved.max(self.minimum), self.guard)
    }
}

/// An idle linear memory that starts as the start image.
#[derive(Debug)]
pub(super) struct PooledMemory {
    region: Region,
    image: Arc<StartImage>,
    shape: MemoryShape,
    /// Bytes that are accessible now.
    size: usize,
    /// Ranges that map another file than the image.
    overlays: Vec<Range<usize>>,
    /// For each page of the initial memory, whether the last reset kept it resident.
    kept: Vec<bool>,
}

impl PooledMemory {
    /// Creates a memory that holds the image, with the pages of `hot` resident.
    pub(super) fn new(
        image: &Arc<StartImage>,
        shape: MemoryShape,
        hot: &Mutex<HotPages>,
    ) -> io::Result<Self> {
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
        let (image, size, overlays) = (Arc::clone(image), shape.minimum, Vec::new());
        Ok(Self { region, image, shape, size, overlays, kept })
    }

    pub(super) fn shape(&self) -> MemoryShape {
        self.shape
    }

    pub(super) fn base(&self) -> *mut u8 {
        self.region.base()
    }

    /// Bytes that are accessible now.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Maximum size without moving.
    pub(super) fn capacity(&self) -> usize {
        self.region.length()
    }

    pub(super) fn image(&self) -> &StartImage {
        &self.image
    }

    /// All accessible bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the range is accessible, and only `&mut self` changes it: no instance has the address of an idle
        // memory.
        unsafe { std::slice::from_raw_parts(self.base(), self.size) }
    }

    /// All accessible bytes, mutable.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and `&mut self` is the only access.
        unsafe { std::slice::from_raw_parts_mut(self.base(), self.size) }
    }

    /// Grows the memory; the new part is zero.
    pub(super) fn grow(&mut self, size: usize) -> io::Result<()> {
        if size > self.capacity() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        if size > self.size {
            self.region.open(self.size..size)?;
            self.size = size;
        }
        Ok(())
    }

    /// Maps a part of a file over a range, copy-on-write.
    pub(super) fn overlay(&mut self, range: Range<usize>, file: &File, offset: u64) -> io::Result<()> {
        assert!(range.end <= self.size, "the range lies outside of the memory");
        // Recorded first: if mapping fails half-way, the memory still knows that the range is no longer the image's.
        self.overlays.push(range.clone());
        self.region.map(range, file, offset)
    }

    /// Resets the memory to the start image, after any change by any party. It finds all pages that differ from the
    /// file now, and compares or drops each of them.
    ///
    /// # Errors
    /// If a system call fails. Then the content is unknown, and the memory must not be reused.
    pub(super) fn set_back(&mut self, hot: &Mutex<HotPages>) -> io::Result<()> {
        if !self.overlays.is_empty() {
            return self.map_anew();
        }
        let Ok(pages) = self.written_pages() else { return self.drop_all() };
        self.shrink()?;
        let mut dropped = Vec::new();
        let mut traces = Vec::with_capacity(256);
        for page in pages {
            match self.trace(page) {
                Some(trace) => traces.push((page, trace)),
                None => push(&mut dropped, page),
            }
        }
        self.kept.fill(false);
        let mut room = MOST_KEPT;
        {
            let mut hot = lock(hot);
            traces.retain(|(page, trace)| {
                // Recorded also if there is no room, because the page is in use all the same.
                let keep = hot.note(*page, *trace) && room > 0;
                self.kept[*page] = keep;
                if keep {
                    room -= 1;
                } else {
                    push(&mut dropped, *page);
                }
                keep
            });
        }
        for (page, trace) in traces {
            if trace != PageTrace::Unchanged {
                self.restore(page);
            }
        }
        for pages in dropped {
            self.region.drop_pages(bytes_of(&pages))?;
        }
        Ok(())
    }

    /// Resets the memory to the start image by dropping all pages, without asking the kernel which were written.
    pub(super) fn drop_all(&mut self) -> io::Result<()> {
        if !self.overlays.is_empty() {
            return self.map_anew();
        }
        self.shrink()?;
        self.kept.fill(false);
        self.region.drop_pages(0..self.shape.minimum)
    }

    /// Resets the memory to the start image by mapping it again. Needed if the memory maps other files.
    fn map_anew(&mut self) -> io::Result<()> {
        self.region.clear(0..self.size)?;
        self.region.map_image(&self.image)?;
        self.region.open(self.image.bytes().len()..self.shape.minimum)?;
        self.size = self.shape.minimum;
        self.kept.fill(false);
        self.overlays.clear();
        Ok(())
    }

    /// Shrinks the memory to its initial size.
    fn shrink(&mut self) -> io::Result<()> {
        let (start, size) = (self.shape.minimum, self.size);
        if size > start {
            self.region.drop_pages(start..size)?;
            self.region.close(start..size)?;
            self.size = start;
        }
        Ok(())
    }

    /// Returns whether resetting it is faster than waking another thread: it has not grown and maps no other file.
    pub(super) fn is_quick(&self) -> bool {
        self.size == self.shape.minimum && self.overlays.is_empty()
    }

    /// Returns whether it equals a new memory.
    pub(super) fn is_pristine(&self) -> bool {
        let (start, behind) = self.bytes().split_at(self.image.bytes().len().min(self.size));
        self.size == self.shape.minimum && start == self.image.bytes() && is_zero(behind)
    }

    /// Returns the pages that the last reset kept resident.
    #[cfg(test)]
    pub(super) fn kept_pages(&self) -> Vec<usize> {
        self.kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(page, _)| page).collect()
    }

    /// Returns the ranges that may differ from the image: ascending ranges of whole pages.
    pub(super) fn candidates(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if written(self.region.addresses(&(0..self.size)), &mut found).is_err() {
            found.clear();
            found.push(0..self.size);
            return found;
        }
        let base = self.base() as usize;
        for range in &mut found {
            *range = range.start - base..range.end - base;
        }
        // Pages of other files differ from the image without a write.
        found.extend(self.overlays.iter().cloned());
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

    /// Asks the kernel for all pages of the initial memory that are not the image's.
    fn written_pages(&self) -> Result<Vec<usize>, UnknownPages> {
        let mut found = Vec::new();
        written(self.region.addresses(&(0..self.shape.minimum)), &mut found)?;
        let page = |address: usize| (address - self.base() as usize) / page_size();
        Ok(found.iter().flat_map(|range| page(range.start)..page(range.end)).collect())
    }

    /// Returns what a session did to a page that is not the file's; `None` if it only read the page.
    fn trace(&self, page: usize) -> Option<PageTrace> {
        let same = match self.pristine(page) {
            Some(pristine) if self.kept[page] => self.page(page) == pristine,
            // The page was not resident, so a session wrote to it.
            Some(_) => false,
            None => is_zero(self.page(page)),
        };
        match (self.kept[page], same) {
            (true, true) => Some(PageTrace::Unchanged),
            (true, false) => Some(PageTrace::Changed),
            // Behind the image, a page that was only read is present as the kernel's zero page.
            (false, true) => None,
            (false, false) => Some(PageTrace::Appeared),
        }
    }

    /// Copies a page from the image, or fills it with zeros behind the image's end.
    fn restore(&mut self, page: usize) {
        let range = bytes_of(&(page..page + 1));
        let image = Arc::clone(&self.image);
        match image.bytes().get(range.clone()) {
            Some(pristine) => self.bytes_mut()[range].copy_from_slice(pristine),
            None => self.bytes_mut()[range].fill(0),
        }
    }

    fn page(&self, page: usize) -> &[u8] {
        &self.bytes()[bytes_of(&(page..page + 1))]
    }

    fn pristine(&self, page: usize) -> Option<&[u8]> {
        self.image.bytes().get(bytes_of(&(page..page + 1)))
    }
}

/// Returns whether all bytes are zero. Compares words, because it runs on many pages.
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
