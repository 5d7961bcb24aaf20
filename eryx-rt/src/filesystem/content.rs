//! The bytes of one file in memory.

use std::sync::Arc;

use bytes::Bytes;

/// Size of a page, in bytes.
const PAGE: usize = 64 << 10;

/// Bytes that grow and shrink in place. They are stored in pages: growing a file copies at most one page, and ranges
/// that were never written take no memory.
#[derive(Debug, Clone)]
pub(super) enum FileContent {
    /// Bytes from the host. All sandboxes share them until one of them writes.
    Given(Bytes),
    /// Bytes that the guest wrote.
    Written(ContentPages),
}

/// A page may be shorter than [`PAGE`], and the last pages may be missing. Missing bytes read as zero.
#[derive(Debug, Clone, Default)]
pub(super) struct ContentPages {
    /// Copies of the file share a page until one of them writes to it (copy-on-write).
    pages: Vec<Arc<Vec<u8>>>,
    length: u64,
}

impl Default for FileContent {
    fn default() -> Self {
        Self::Written(ContentPages::default())
    }
}

impl FileContent {
    /// Length in bytes.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Given(bytes) => bytes.len() as u64,
            Self::Written(pages) => pages.length,
        }
    }

    /// Returns up to `length` bytes from `offset` on: fewer at the end of the file, an empty vector behind it.
    pub(super) fn read(&self, offset: u64, length: usize) -> Vec<u8> {
        match self {
            Self::Given(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                bytes[start..bytes.len().min(start.saturating_add(length))].to_vec()
            }
            Self::Written(pages) => pages.read(offset, length),
        }
    }

    /// Writes bytes at `offset`, which may lie behind the end. The caller checks the quota first.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        self.own().write(offset, bytes);
    }

    /// Truncates the file or extends it with zeros. The caller checks the quota first.
    pub(super) fn set_length(&mut self, length: u64) {
        if length != self.length() {
            self.own().set_length(length);
        }
    }

    fn own(&mut self) -> &mut ContentPages {
        if let Self::Given(given) = self {
            let mut pages = ContentPages::default();
            pages.write(0, given);
            *self = Self::Written(pages);
        }
        match self {
            Self::Written(pages) => pages,
            Self::Given(_) => unreachable!("the content was converted to pages above"),
        }
    }
}

/// Returns the page of a byte and its offset in the page.
fn place(offset: u64) -> (usize, usize) {
    ((offset / PAGE as u64) as usize, (offset % PAGE as u64) as usize)
}

impl ContentPages {
    fn read(&self, offset: u64, length: usize) -> Vec<u8> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = length.min(left);
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            let (page, start) = place(offset + bytes.len() as u64);
            let count = (PAGE - start).min(length - bytes.len());
            let page = self.pages.get(page).map_or(&[][..], |page| page.as_slice());
            let written = &page[start.min(page.len())..(start + count).min(page.len())];
            bytes.extend_from_slice(written);
            bytes.resize(bytes.len() + count - written.len(), 0);
        }
        bytes
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut done = 0;
        while done < bytes.len() {
            let (number, start) = place(offset + done as u64);
            let count = (PAGE - start).min(bytes.len() - done);
            if self.pages.len() <= number {
                self.pages.resize_with(number + 1, Arc::default);
            }
            let page = Arc::make_mut(&mut self.pages[number]);
            let end = start + count;
            if page.capacity() < end {
                // Capacity grows by a quarter, so unused capacity stays small compared to the counted bytes.
                let wanted = end.max(page.capacity() + page.capacity() / 4).min(PAGE);
                page.reserve_exact(wanted - page.len());
            }
            if page.len() < end {
                page.resize(end, 0);
            }
            page[start..end].copy_from_slice(&bytes[done..done + count]);
            done += count;
        }
        self.length = self.length.max(offset + bytes.len() as u64);
    }

    fn set_length(&mut self, length: u64) {
        if length < self.length {
            let (page, end) = place(length);
            self.pages.truncate(page + usize::from(end > 0));
            self.pages.shrink_to_fit();
            if let Some(last) = self.pages.get_mut(page) {
                let last = Arc::make_mut(last);
                last.truncate(end);
                last.shrink_to_fit();
            }
        }
        self.length = length;
    }

    /// Memory allocated for the pages, in bytes.
    #[cfg(test)]
    fn allocated(&self) -> usize {
        self.pages.iter().map(|page| page.capacity()).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(content: &FileContent) -> &ContentPages {
        match content {
            FileContent::Written(pages) => pages,
            FileContent::Given(_) => panic!("nobody wrote"),
        }
    }

    #[test]
    fn what_was_never_written_is_zero_and_takes_no_memory() {
        let mut content = FileContent::default();
        content.set_length(1 << 40);
        assert_eq!(content.length(), 1 << 40);
        assert_eq!(content.read(1 << 39, 3), [0, 0, 0]);
        assert_eq!(written(&content).allocated(), 0);
        content.set_length(0);
        content.write(10 * PAGE as u64 + 5, b"x");
        assert_eq!(content.length(), 10 * PAGE as u64 + 6);
        assert!(written(&content).allocated() < PAGE);
    }

    #[test]
    fn what_is_cut_off_is_freed_and_comes_back_as_zeros() {
        let mut content = FileContent::default();
        content.write(0, &vec![7; 3 * PAGE]);
        content.set_length(2);
        assert_eq!(written(&content).allocated(), 2);
        content.set_length(4);
        assert_eq!(content.read(0, 100), [7, 7, 0, 0]);
    }

    #[test]
    fn many_small_writes_waste_little() {
        let mut content = FileContent::default();
        for at in 0..50_000 {
            content.write(at, b"x");
            assert!(written(&content).allocated() as u64 <= at + 1 + at / 4 + 1);
        }
    }

    #[test]
    fn what_was_given_is_copied_only_when_written() {
        let given = FileContent::Given(Bytes::from_static(b"given"));
        let mut own = given.clone();
        own.set_length(5);
        assert!(matches!(own, FileContent::Given(_)));
        own.write(0, b"G");
        assert_eq!(own.read(0, 10), b"Given");
        assert_eq!(given.read(1, 3), b"ive");
        assert_eq!(given.read(9, 3), b"");
    }

    #[derive(Debug, Clone)]
    enum ContentStep {
        Write(u64, usize),
        SetLength(u64),
        Read(u64, usize),
    }

    fn step() -> impl Strategy<Value = ContentStep> {
        let near = 0..3 * PAGE as u64;
        prop_oneof![
            (near.clone(), 0..2 * PAGE).prop_map(|(at, count)| ContentStep::Write(at, count)),
            near.clone().prop_map(ContentStep::SetLength),
            (near, 0..2 * PAGE).prop_map(|(at, count)| ContentStep::Read(at, count)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_is_what_a_plain_vector_is(steps in proptest::collection::vec(step(), 1..20)) {
            let (mut content, mut model) = (FileContent::default(), Vec::new());
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    ContentStep::Write(at, count) => {
                        let bytes = vec![number as u8 + 1; count];
                        content.write(at, &bytes);
                        let at = at as usize;
                        if count > 0 {
                            model.resize(model.len().max(at + count), 0);
                            model[at..at + count].copy_from_slice(&bytes);
                        }
                    }
                    ContentStep::SetLength(length) => {
                        content.set_length(length);
                        model.resize(length as usize, 0);
                    }
                    ContentStep::Read(at, count) => {
                        let start = (at as usize).min(model.len());
                        let end = (start + count).min(model.len());
                        prop_assert_eq!(content.read(at, count), &model[start..end]);
                    }
                }
                prop_assert_eq!(content.length(), model.len() as u64);
            }
        }
    }
}
