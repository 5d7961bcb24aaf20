//! Asks the kernel which pages of a private mapping were written.
//!
//! A page of a private file mapping is either the file's page, shared with all mappings, or a copy made on the first
//! write. The kernel tells them apart: the copy is anonymous memory. It may be swapped out, or be in migration, which
//! the kernel reports as well. So a page was written if it is present or swapped and not the file's. In an anonymous
//! mapping, all present pages count.
//!
//! Two interfaces report this: `PAGEMAP_SCAN` (Linux 6.7) returns ranges, and `/proc/self/pagemap` has one word per
//! page. Sandboxed kernels may have neither, or give arbitrary answers. A wrong answer would show one tenant's data to
//! another, so each interface is tested with pages of both kinds before it is used.

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, PoisonError, RwLock};

use rustix::ioctl::{Ioctl, IoctlOutput, Opcode, opcode};

use super::image::StartImage;
use super::page::page_size;
use super::region::Region;

/// The kernel gave no answer, so any page may have been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnknownPages;

/// Stores the addresses of this process's written pages in `range` into `found`, as ascending ranges that do not touch.
/// `range` is whole pages.
pub(super) fn written(range: Range<usize>, found: &mut Vec<Range<usize>>) -> Result<(), UnknownPages> {
    found.clear();
    let source = source().ok_or(UnknownPages)?;
    source.ask(range, found).map_err(|error| {
        tracing::warn!(%error, "cannot ask the kernel which pages were written");
        UnknownPages
    })
}

/// The interface that works on this kernel, with a handle on this process's page tables.
#[derive(Debug)]
struct PageSource {
    pagemap: File,
    way: PageInterface,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageInterface {
    Scan,
    Read,
}

/// Returns the source of this process. The handle shows the memory of the process that opened it, so a forked child
/// needs a new one.
fn source() -> Option<Arc<PageSource>> {
    type KnownSource = Option<(rustix::process::Pid, Option<Arc<PageSource>>)>;
    static KNOWN: RwLock<KnownSource> = RwLock::new(None);

    let us = rustix::process::getpid();
    if let Some((process, source)) = &*KNOWN.read().unwrap_or_else(PoisonError::into_inner)
        && *process == us
    {
        return source.clone();
    }
    let source = PageSource::find().map(Arc::new);
    tracing::debug!(way = ?source.as_ref().map(|source| source.way), "chose the interface for written pages");
    *KNOWN.write().unwrap_or_else(PoisonError::into_inner) = Some((us, source.clone()));
    source
}

impl PageSource {
    fn find() -> Option<Self> {
        [PageInterface::Scan, PageInterface::Read].into_iter().find_map(|way| {
            let source = Self { pagemap: File::open("/proc/self/pagemap").ok()?, way };
            matches!(source.is_right(), Ok(true)).then_some(source)
        })
    }

    fn ask(&self, range: Range<usize>, found: &mut Vec<Range<usize>>) -> io::Result<()> {
        match self.way {
            PageInterface::Scan => scan(&self.pagemap, range, found),
            PageInterface::Read => read(&self.pagemap, range, found),
        }
    }

    /// Tests the interface with the pages of a small image.
    fn is_right(&self) -> io::Result<bool> {
        let page = page_size();
        let file = tempfile(8 * page)?;
        let image = StartImage::new(file)?;
        // The image, followed by anonymous pages.
        let region = Region::reserve(16 * page, page)?;
        region.map_image(&image)?;
        region.open(8 * page..16 * page)?;
        let at = |number: usize| region.base().wrapping_add(number * page);
        let write = |number: usize| {
            // SAFETY: the page is one of the region's 16, all mapped for writing above, and there are no references.
            unsafe { at(number).write_volatile(1) };
        };
        for read in [0, 4, 5] {
            // SAFETY: the page is one of the region's 16, all mapped above, and bytes of any value are valid.
            unsafe { at(read).read_volatile() };
        }
        [2, 3, 5, 7, 8, 10, 11].into_iter().for_each(write);
        let addresses = region.addresses(&(0..16 * page));
        let expected = [2..4, 5..6, 7..9, 10..12];
        let check = |expected: &[Range<usize>]| {
            let mut found = Vec::new();
            self.ask(addresses.clone(), &mut found)?;
            let wanted = expected
                .iter()
                .map(|pages| addresses.start + pages.start * page..addresses.start + pages.end * page);
            Ok::<_, io::Error>(found.into_iter().eq(wanted))
        };
        let before = check(&expected)?;
        // Dropped pages do not count as written.
        region.drop_pages(3 * page..6 * page)?;
        region.drop_pages(10 * page..11 * page)?;
        Ok(before && check(&[2..3, 7..9, 11..12])?)
    }
}

/// A file of zeros in memory, which the test maps.
pub(super) fn tempfile(length: usize) -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    let file = File::from(memfd_create("eryx-pagemap-test", MemfdFlags::CLOEXEC)?);
    file.set_len(length as u64)?;
    Ok(file)
}

fn push(found: &mut Vec<Range<usize>>, range: Range<usize>) {
    match found.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => found.push(range),
    }
}

// ---- one word for each page ----

/// Bits of a word of `/proc/self/pagemap`, as in the kernel's documentation.
const PRESENT: u64 = 1 << 63;
const SWAPPED: u64 = 1 << 62;
const OF_FILE: u64 = 1 << 61;

fn read(pagemap: &File, range: Range<usize>, found: &mut Vec<Range<usize>>) -> io::Result<()> {
    let page = page_size();
    let mut buffer = [0; 4096];
    let mut address = range.start;
    while address < range.end {
        let words = ((range.end - address) / page).min(buffer.len() / 8);
        let bytes = &mut buffer[..words * 8];
        pagemap.read_exact_at(bytes, (address / page * 8) as u64)?;
        for word in bytes.as_chunks::<8>().0 {
            let word = u64::from_ne_bytes(*word);
            if word & (PRESENT | SWAPPED) != 0 && word & OF_FILE == 0 {
                push(found, address..address + page);
            }
            address += page;
        }
    }
    Ok(())
}

// ---- ranges ----

/// `struct pm_scan_arg` of `linux/fs.h`.
#[repr(C)]
#[derive(Debug, Default)]
struct ScanArguments {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    vec: u64,
    vec_len: u64,
    max_pages: u64,
    category_inverted: u64,
    category_mask: u64,
    category_anyof_mask: u64,
    return_mask: u64,
}

/// `struct page_region` of `linux/fs.h`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
struct PageRegion {
    start: u64,
    end: u64,
    categories: u64,
}

const PAGE_IS_FILE: u64 = 1 << 2;
const PAGE_IS_PRESENT: u64 = 1 << 3;
const PAGE_IS_SWAPPED: u64 = 1 << 4;

/// The ioctl. It returns the number of ranges that it found.
struct PagemapScan<'a>(&'a mut ScanArguments);

// SAFETY: the opcode is that of PAGEMAP_SCAN with the size of its argument, which `as_ptr` points to for the duration
// of the call; the struct is laid out as in `linux/fs.h`. The call returns a count, and writes through the address in
// `vec`, for which the code that creates a `PagemapScan` is responsible.
unsafe impl Ioctl for PagemapScan<'_> {
    type Output = usize;
    const IS_MUTATING: bool = true;

    fn opcode(&self) -> Opcode {
        opcode::read_write::<ScanArguments>(b'f', 16)
    }

    fn as_ptr(&mut self) -> *mut c_void {
        (&raw mut *self.0).cast()
    }

    // SAFETY: the pointer is not used.
    unsafe fn output_from_ptr(output: IoctlOutput, _: *mut c_void) -> rustix::io::Result<usize> {
        usize::try_from(output).map_err(|_| rustix::io::Errno::RANGE)
    }
}

fn scan(pagemap: &File, range: Range<usize>, found: &mut Vec<Range<usize>>) -> io::Result<()> {
    let mut regions = [PageRegion::default(); 256];
    let mut start = range.start as u64;
    while start < range.end as u64 {
        let mut arguments = ScanArguments {
            size: size_of::<ScanArguments>() as u64,
            start,
            end: range.end as u64,
            vec: regions.as_mut_ptr() as u64,
            vec_len: regions.len() as u64,
            // Not the file's page, and present or swapped out.
            category_inverted: PAGE_IS_FILE,
            category_mask: PAGE_IS_FILE,
            category_anyof_mask: PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
            ..ScanArguments::default()
        };
        // SAFETY: `vec` and `vec_len` are those of the array above, which outlives the call and is not accessed during
        // it; the kernel writes at most that many ranges, plain numbers, into it. All other fields are values.
        let count = unsafe { rustix::ioctl::ioctl(pagemap, PagemapScan(&mut arguments)) }?;
        for region in regions.get(..count).ok_or(io::ErrorKind::InvalidData)? {
            push(found, region.start as usize..region.end as usize);
        }
        // The call stops early when the array is full, and reports the position.
        if arguments.walk_end <= start {
            return Err(io::ErrorKind::InvalidData.into());
        }
        start = arguments.walk_end;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_interfaces_agree_on_many_ranges() {
        let page = page_size();
        let pages = 3000;
        let image = StartImage::new(tempfile(pages * page).unwrap()).unwrap();
        let region = Region::reserve(pages * page, page).unwrap();
        region.map_image(&image).unwrap();
        // More ranges than one call returns.
        let wrote = |number: &usize| number.is_multiple_of(3) || number.is_multiple_of(7);
        for number in (0..pages).filter(wrote) {
            // SAFETY: the page is mapped for writing, and no other code uses it.
            unsafe { region.base().add(number * page).write_volatile(1) };
        }
        let mut expected = Vec::new();
        let addresses = region.addresses(&(0..pages * page));
        for number in (0..pages).filter(wrote) {
            let at = addresses.start + number * page;
            push(&mut expected, at..at + page);
        }
        let source = PageSource::find().expect("procfs is mounted where tests run");
        for way in [PageInterface::Read, source.way] {
            let source = PageSource { pagemap: File::open("/proc/self/pagemap").unwrap(), way };
            let mut found = Vec::new();
            source.ask(addresses.clone(), &mut found).unwrap();
            assert_eq!(found, expected, "{way:?}");
        }
    }

    #[test]
    fn pages_that_are_swapped_out_were_written() {
        // The kernel's words for six pages: never present, the file's, written, written and swapped out, the file's in
        // migration, written and in migration.
        let words = [0, PRESENT | OF_FILE, PRESENT, SWAPPED, SWAPPED | OF_FILE, SWAPPED];
        let pagemap = tempfile(4096).unwrap();
        for (number, word) in (0..).zip(words) {
            pagemap.write_all_at(&u64::to_ne_bytes(word), number * 8).unwrap();
        }
        let (mut found, page) = (Vec::new(), page_size());
        read(&pagemap, 0..6 * page, &mut found).unwrap();
        assert_eq!(found, [2 * page..4 * page, 5 * page..6 * page]);
    }

    #[test]
    fn an_interface_that_answers_wrongly_is_not_believed() {
        // All zeros: no page counts as written.
        let zeros = File::open("/dev/zero").unwrap();
        assert!(matches!(PageSource { pagemap: zeros, way: PageInterface::Read }.is_right(), Ok(false)));
        let null = File::open("/dev/null").unwrap();
        assert!(
            PageSource { pagemap: null.try_clone().unwrap(), way: PageInterface::Read }.is_right().is_err()
        );
        assert!(PageSource { pagemap: null, way: PageInterface::Scan }.is_right().is_err());
    }
}
