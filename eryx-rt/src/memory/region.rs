//! A range of reserved address space, and the system calls on its pages.

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::ptr::{self, NonNull};

use rustix::mm::{
    Advice, MapFlags, MprotectFlags, ProtFlags, madvise, mmap, mmap_anonymous, mprotect, munmap,
};

use super::image::StartImage;
use super::page::page_size;

/// Reserved address space: `guard` inaccessible bytes, `length` usable bytes, `guard` inaccessible bytes.
///
/// Offsets count from the start of the middle part, which starts out inaccessible.
///
/// A region returns addresses and never references, so its methods are safe. Code that makes a reference from an
/// address is `unsafe`, and must ensure that no method is called while the reference lives.
#[derive(Debug)]
pub(super) struct Region {
    start: NonNull<c_void>,
    guard: usize,
    length: usize,
}

// SAFETY: it owns its range of addresses, as a box does, and is not bound to a thread.
unsafe impl Send for Region {}
// SAFETY: `&self` allows only address computations and system calls, which the kernel serializes. No method reads or
// writes the memory, or makes a reference to it.
unsafe impl Sync for Region {}

impl Region {
    /// Reserves address space. Both sizes must be multiples of the page size; others are an error.
    pub(super) fn reserve(length: usize, guard: usize) -> io::Result<Self> {
        // The kernel rounds lengths up, so the rest of a partial page would be accessible in the guard.
        if !length.is_multiple_of(page_size()) || !guard.is_multiple_of(page_size()) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let total = guard.checked_mul(2).and_then(|guards| guards.checked_add(length));
        let total = total.ok_or(io::ErrorKind::OutOfMemory)?;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: without MAP_FIXED the kernel chooses an unused range, so no existing memory changes.
        let start = unsafe { mmap_anonymous(ptr::null_mut(), total, ProtFlags::empty(), flags) }?;
        let start = NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?;
        let region = Self { start, guard, length };
        // The range includes the guards, so that the reservation stays one mapping.
        keep_small_and_own(region.start.as_ptr(), total);
        Ok(region)
    }

    /// The first byte behind the first guard.
    pub(super) fn base(&self) -> *mut u8 {
        self.start.as_ptr().cast::<u8>().wrapping_add(self.guard)
    }

    /// Bytes between the guards.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The addresses of a range of offsets.
    pub(super) fn addresses(&self, range: &Range<usize>) -> Range<usize> {
        let base = self.base() as usize;
        base + range.start..base + range.end
    }

    /// Maps the image at the start, copy-on-write.
    pub(super) fn map_image(&self, image: &StartImage) -> io::Result<()> {
        self.map(0..image.bytes().len(), image.file(), 0)
    }

    /// Maps a part of an unchanging file over a range, copy-on-write.
    pub(super) fn map(&self, range: Range<usize>, file: &File, offset: u64) -> io::Result<()> {
        if !range.is_empty() {
            let access = ProtFlags::READ | ProtFlags::WRITE;
            let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
            // SAFETY: `at` has checked that the range lies in the reservation, whose parts are whole pages, so the call
            // replaces no mapping of other code; and the region has no references to its memory.
            unsafe { mmap(self.at(&range), range.len(), access, flags, file, offset) }?;
            keep_small_and_own(self.at(&range), range.len());
        }
        Ok(())
    }

    /// Unmaps the content of a range and makes it inaccessible.
    pub(super) fn clear(&self, range: Range<usize>) -> io::Result<()> {
        if !range.is_empty() {
            let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
            // SAFETY: `at` has checked that the range lies in the reservation, and the region has no references to it.
            unsafe { mmap_anonymous(self.at(&range), range.len(), ProtFlags::empty(), flags) }?;
            keep_small_and_own(self.at(&range), range.len());
        }
        Ok(())
    }

    /// Makes a range accessible.
    pub(super) fn open(&self, range: Range<usize>) -> io::Result<()> {
        self.protect(&range, MprotectFlags::READ | MprotectFlags::WRITE)
    }

    /// Makes a range inaccessible. Its content stays.
    pub(super) fn close(&self, range: Range<usize>) -> io::Result<()> {
        self.protect(&range, MprotectFlags::empty())
    }

    /// Drops the pages of a range. It then holds the image's bytes again, or zeros.
    pub(super) fn drop_pages(&self, range: Range<usize>) -> io::Result<()> {
        // The plain advice fails if the host program has locked its memory (`mlockall`).
        self.advise(&range, Advice::LinuxDontNeed)
            .or_else(|_| self.advise(&range, Advice::LinuxDontneedLocked))
    }

    /// Prepares pages of a range for writing, so that writing them causes no faults. This is only an optimization: a
    /// kernel without it returns an error and changes no state.
    pub(super) fn populate(&self, range: Range<usize>) -> io::Result<()> {
        self.advise(&range, Advice::LinuxPopulateWrite)
    }

    fn protect(&self, range: &Range<usize>, access: MprotectFlags) -> io::Result<()> {
        if !range.is_empty() {
            // SAFETY: `at` has checked that the range lies in the reservation. No byte changes, and the region has no
            // references that could become inaccessible.
            unsafe { mprotect(self.at(range), range.len(), access) }?;
        }
        Ok(())
    }

    fn advise(&self, range: &Range<usize>, advice: Advice) -> io::Result<()> {
        if !range.is_empty() {
            // SAFETY: `at` has checked that the range lies in the reservation. DONTNEED changes bytes of memory that
            // the region has no references to; POPULATE_WRITE changes none.
            unsafe { madvise(self.at(range), range.len(), advice) }?;
        }
        Ok(())
    }

    /// The address of a range of offsets.
    fn at(&self, range: &Range<usize>) -> *mut c_void {
        assert!(range.start <= range.end && range.end <= self.length, "{range:?} is not in the region");
        self.base().wrapping_add(range.start).cast()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: the range is the entire mapping of `reserve`, and the owner of the region ends here, so no address in
        // it is used any more. If the call fails, the only loss is address space.
        let _ = unsafe { munmap(self.start.as_ptr(), self.length + 2 * self.guard) };
    }
}

/// Asks the kernel for pages of the usual size in a region's range, and never to merge them with equal pages elsewhere.
///
/// With a huge page, a write of one byte would take megabytes. Merged pages (KSM) would let a tenant find out by timing
/// whether another tenant has the same page. Resetting is complete either way, so a kernel without these features is
/// not an error. The advice must be repeated for each mapping.
fn keep_small_and_own(at: *mut c_void, length: usize) {
    for advice in [Advice::LinuxNoHugepage, Advice::LinuxUnmergeable] {
        // SAFETY: neither advice changes a byte or removes a page.
        let _ = unsafe { madvise(at, length, advice) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_pages_are_reserved() {
        let page = page_size();
        for (length, guard) in [(page + 1, page), (page, 1), (1, 0)] {
            let error = Region::reserve(length, guard).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{length} and {guard}");
        }
        assert_eq!(
            Region::reserve(usize::MAX - (page - 1), page).unwrap_err().kind(),
            io::ErrorKind::OutOfMemory
        );
        Region::reserve(2 * page, 0).unwrap().open(0..page).unwrap();
    }
}
