//! A range of reserved address space, and the system calls that put pages into it.

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

/// Reserved address space: `guard` inaccessible bytes, `length` bytes to put pages into, `guard` inaccessible bytes.
///
/// Offsets count from the start of the middle part. At first none of it can be accessed.
///
/// A region hands out addresses, never references, so its methods are safe: whoever makes a reference of an address does so
/// in `unsafe` code, and has to know there that no method is called while the reference lives.
#[derive(Debug)]
pub(super) struct Region {
    start: NonNull<c_void>,
    guard: usize,
    length: usize,
}

// SAFETY: it owns its range of addresses, as a box does, and no thread has a part in it.
unsafe impl Send for Region {}
// SAFETY: what is done through `&self` is computing addresses, and system calls, which the kernel puts in order. No
// method reads or writes the memory, or makes a reference to it.
unsafe impl Sync for Region {}

impl Region {
    /// Reserves address space. Both sizes are whole pages; others are an error.
    pub(super) fn reserve(length: usize, guard: usize) -> io::Result<Self> {
        // The kernel rounds lengths up: the last part of a page would be open in the guard.
        if !length.is_multiple_of(page_size()) || !guard.is_multiple_of(page_size()) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let total = guard.checked_mul(2).and_then(|guards| guards.checked_add(length));
        let total = total.ok_or(io::ErrorKind::OutOfMemory)?;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: without MAP_FIXED the kernel chooses a place where nothing is, so no memory changes.
        let start = unsafe { mmap_anonymous(ptr::null_mut(), total, ProtFlags::empty(), flags) }?;
        let start = NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?;
        let region = Self { start, guard, length };
        // With its guards, so that the reservation stays one mapping.
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

    /// Maps a part of a file that does not change over a range, copy-on-write.
    pub(super) fn map(&self, range: Range<usize>, file: &File, offset: u64) -> io::Result<()> {
        if !range.is_empty() {
            let access = ProtFlags::READ | ProtFlags::WRITE;
            let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
            // SAFETY: `at` has checked that the range lies in the reservation, whose parts are whole pages, so nothing of
            // anybody else is replaced; and the region has no references to its memory.
            unsafe { mmap(self.at(&range), range.len(), access, flags, file, offset) }?;
            keep_small_and_own(self.at(&range), range.len());
        }
        Ok(())
    }

    /// Takes everything out of a range, which then cannot be accessed.
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

    /// Makes a range inaccessible. What is in it stays.
    pub(super) fn close(&self, range: Range<usize>) -> io::Result<()> {
        self.protect(&range, MprotectFlags::empty())
    }

    /// Drops the pages of a range: it holds the image's bytes again, or zeros.
    pub(super) fn drop_pages(&self, range: Range<usize>) -> io::Result<()> {
        // The plain advice is refused where the host program has locked its memory (`mlockall`).
        self.advise(&range, Advice::LinuxDontNeed)
            .or_else(|_| self.advise(&range, Advice::LinuxDontneedLocked))
    }

    /// Gets pages of a range ready to be written, so that writing them causes no faults. Only for speed: a kernel that
    /// cannot do it says so, and nothing else happens.
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
            // SAFETY: `at` has checked that the range lies in the reservation. DONTNEED changes bytes, of memory that the
            // region has no references to; POPULATE_WRITE changes none.
            unsafe { madvise(self.at(range), range.len(), advice) }?;
        }
        Ok(())
    }

    /// Where a range of offsets is.
    fn at(&self, range: &Range<usize>) -> *mut c_void {
        assert!(range.start <= range.end && range.end <= self.length, "{range:?} is not in the region");
        self.base().wrapping_add(range.start).cast()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: the range is what `reserve` has mapped, all of it, and the owner of the region ends here, so no address
        // in it is used any more. If the call failed, address space would be lost and nothing else.
        let _ = unsafe { munmap(self.start.as_ptr(), self.length + 2 * self.guard) };
    }
}

/// Asks the kernel for pages of the usual size in a region's range, and never to merge them with equal ones elsewhere.
///
/// A huge page would give a session megabytes for a byte, and merged pages (KSM) would let a tenant find out by time
/// whether another one has the same page. Setting back is complete either way, so a kernel without these features is
/// no error. Each mapping needs it anew.
fn keep_small_and_own(at: *mut c_void, length: usize) {
    for advice in [Advice::LinuxNoHugepage, Advice::LinuxUnmergeable] {
        // SAFETY: neither changes a byte or takes a page away.
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
