//! One linear memory: a region with the start image in it, that grows and can be set back.
//!
//! A [`PooledMemory`] is idle: no instance knows its address, so whoever owns the value owns the bytes, and safe methods read and
//! change them. [`PooledMemory::lend`] turns it into [`MemoryLoan`](super::loan::MemoryLoan) for the time that an instance uses it; there
//! the bytes are out of reach of safe code.

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

/// Most pages that are in place in a memory before it is used: 4 MiB where pages have 4 KiB. A short execution needs about 150;
/// code that writes to everything, run again and again, would have all of it kept.
const MOST_KEPT: usize = 1024;

/// What wasmtime asks of a memory. All in bytes, and whole pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MemoryShape {
    /// Accessible at the start.
    pub(super) minimum: usize,
    /// Address space in which it grows without moving.
    pub(super) reserved: usize,
    /// What is inaccessible behind that: compiled code relies on it in place of bounds checks.
    pub(super) guard: usize,
}

impl MemoryShape {
    /// Reserves address space of this shape.
    pub(super) fn reserve(self) -> io::Result<Region> {
        Region::reserve(self.reserved.max(self.minimum), self.guard)
    }
}

/// A linear memory that begins as the start image, and that no instance uses.
#[derive(Debug)]
pub(super) struct PooledMemory {
    region: Region,
    image: Arc<StartImage>,
    shape: MemoryShape,
    /// Bytes that can be accessed now.
    size: usize,
    /// Ranges in which another file is mapped than the image.
    overlays: Vec<Range<usize>>,
    /// For each page of the start, whether the last setting back left it in place.
    kept: Vec<bool>,
}

impl PooledMemory {
    /// A memory that holds the image, with the pages of `hot` in place.
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

    /// Bytes that can be accessed now.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Bytes that can be made accessible without moving.
    pub(super) fn capacity(&self) -> usize {
        self.region.length()
    }

    pub(super) fn image(&self) -> &StartImage {
        &self.image
    }

    /// All that can be accessed.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the range is accessible, and only `&mut self` changes it: no instance has the address of an idle memory.
        unsafe { std::slice::from_raw_parts(self.base(), self.size) }
    }

    /// All that can be accessed, to be changed.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and `&mut self` is the only way to it.
        unsafe { std::slice::from_raw_parts_mut(self.base(), self.size) }
    }

    /// Makes it larger; the new part is zero.
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
        assert!(range.end <= self.size, "it lies outside memory");
        // Noted first: if mapping fails half-way, the memory still knows that it is not the image's any more.
        self.overlays.push(range.clone());
        self.region.map(range, file, offset)
    }

    /// Makes it the start image again, whatever was done to it, by whomever: all pages that are not the file's at this
    /// moment are found, and each of them is compared or dropped.
    ///
    /// # Errors
    /// When the system fails. Then its content is unknown, and it must not be used again.
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
                // Noted first: a page without room is in use all the same.
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

    /// Makes it the start image again without asking which pages were written.
    pub(super) fn drop_all(&mut self) -> io::Result<()> {
        if !self.overlays.is_empty() {
            return self.map_anew();
        }
        self.shrink()?;
        self.kept.fill(false);
        self.region.drop_pages(0..self.shape.minimum)
    }

    /// Makes it the start image again by mapping that, for one in which other things are mapped.
    fn map_anew(&mut self) -> io::Result<()> {
        self.region.clear(0..self.size)?;
        self.region.map_image(&self.image)?;
        self.region.open(self.image.bytes().len()..self.shape.minimum)?;
        self.size = self.shape.minimum;
        self.kept.fill(false);
        self.overlays.clear();
        Ok(())
    }

    /// Takes away what it has grown by.
    fn shrink(&mut self) -> io::Result<()> {
        let (start, size) = (self.shape.minimum, self.size);
        if size > start {
            self.region.drop_pages(start..size)?;
            self.region.close(start..size)?;
            self.size = start;
        }
        Ok(())
    }

    /// Whether setting it back takes less time than to tell another thread to: it has not grown and maps no other file.
    pub(super) fn is_quick(&self) -> bool {
        self.size == self.shape.minimum && self.overlays.is_empty()
    }

    /// Whether it is what a new one is.
    pub(super) fn is_pristine(&self) -> bool {
        let (start, behind) = self.bytes().split_at(self.image.bytes().len().min(self.size));
        self.size == self.shape.minimum && start == self.image.bytes() && is_zero(behind)
    }

    /// Pages that the last setting back left in place.
    #[cfg(test)]
    pub(super) fn kept_pages(&self) -> Vec<usize> {
        self.kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(page, _)| page).collect()
    }

    /// Where it may differ from the image: ascending ranges of whole pages.
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
        // Pages of other files were not written, and differ all the same.
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

    /// Asks the kernel for all pages of the start that are not the image's.
    fn written_pages(&self) -> Result<Vec<usize>, UnknownPages> {
        let mut found = Vec::new();
        written(self.region.addresses(&(0..self.shape.minimum)), &mut found)?;
        let page = |address: usize| (address - self.base() as usize) / page_size();
        Ok(found.iter().flat_map(|range| page(range.start)..page(range.end)).collect())
    }

    /// What was done to a page that is not the file's; `None` if it was only read.
    fn trace(&self, page: usize) -> Option<PageTrace> {
        let same = match self.pristine(page) {
            Some(pristine) if self.kept[page] => self.page(page) == pristine,
            // It was not in place, so somebody wrote to it.
            Some(_) => false,
            None => is_zero(self.page(page)),
        };
        match (self.kept[page], same) {
            (true, true) => Some(PageTrace::Unchanged),
            (true, false) => Some(PageTrace::Changed),
            // Where there is no file, a page that is read is there, as the kernel's page of zeros.
            (false, true) => None,
            (false, false) => Some(PageTrace::Appeared),
        }
    }

    /// Copies a page from the image, or fills it with zeros where the image has ended.
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
