//! Learns which pages every execution writes, from pages that are written repeatedly.
//!
//! A page can be reset in two ways. Copying keeps it resident, which saves the next execution a page fault; dropping it
//! frees its memory. A page is kept after it was written in two sessions. The only sign that a kept page was written
//! again is changed content, and some writes leave none: for example, a reference count that goes up and down again. So
//! a page that looks unchanged is kept for a term and then dropped. If it is still in use, that costs one fault, and
//! the next term is twice as long.

/// The first term: the number of sessions for which a page that looks unchanged is kept.
const FIRST_TERM: u16 = 64;
/// Maximum number of doublings of the term.
const MOST_DOUBLINGS: u8 = 8;

/// What a session did to a page, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageTrace {
    /// The page was not resident before, so the session wrote it.
    Appeared,
    /// The page was resident before, and has changed.
    Changed,
    /// The page was resident before, and has the same content.
    Unchanged,
}

/// The history of a page.
#[derive(Debug, Clone, Copy, Default)]
struct PageRecord {
    /// Remaining sessions for which the page is kept if it looks unchanged.
    rest: u16,
    /// How often the page was written when it was not resident.
    appeared: u8,
}

impl PageRecord {
    fn is_kept(self) -> bool {
        self.rest > 0
    }

    fn begin_term(&mut self) {
        // The page has appeared twice before its first term.
        self.rest = FIRST_TERM << self.appeared.saturating_sub(2);
    }
}

/// The history of each page of a start image, shared by the memories of a pool.
#[derive(Debug, Default)]
pub(super) struct HotPages {
    pages: Vec<PageRecord>,
}

impl HotPages {
    /// Makes room for this many pages. New ones start without history.
    pub(super) fn extend(&mut self, pages: usize) {
        if pages > self.pages.len() {
            self.pages.resize(pages, PageRecord::default());
        }
    }

    /// Records a trace and returns whether the page is worth keeping.
    pub(super) fn note(&mut self, page: usize, trace: PageTrace) -> bool {
        let Some(page) = self.pages.get_mut(page) else { return false };
        match trace {
            PageTrace::Appeared => {
                page.appeared = (page.appeared + 1).min(2 + MOST_DOUBLINGS);
                if page.appeared > 1 {
                    page.begin_term();
                }
            }
            PageTrace::Changed => page.begin_term(),
            PageTrace::Unchanged => page.rest = page.rest.saturating_sub(1),
        }
        page.is_kept()
    }

    /// Returns all pages that are worth keeping, in ascending order.
    pub(super) fn pages(&self) -> impl Iterator<Item = usize> {
        self.pages.iter().enumerate().filter(|(_, page)| page.is_kept()).map(|(number, _)| number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_kept_from_the_second_time_on_until_it_is_not_used() {
        let mut hot = HotPages::default();
        hot.extend(4);
        assert!(!hot.note(2, PageTrace::Appeared));
        assert!(hot.note(2, PageTrace::Appeared));
        assert_eq!(hot.pages().collect::<Vec<_>>(), [2]);
        let mut term = || {
            let sessions = 1 + (0..1 << 16).take_while(|_| hot.note(2, PageTrace::Unchanged)).count();
            assert_eq!(hot.pages().count(), 0);
            // The page was dropped, but is still in use.
            assert!(hot.note(2, PageTrace::Appeared));
            sessions
        };
        assert_eq!([term(), term(), term()], [64, 128, 256]);
        let later = (0..20).map(|_| term()).max();
        assert_eq!(later, Some(64 << 8), "not for ever");
        assert!(!hot.note(4, PageTrace::Appeared), "a page of grown memory is never kept");
    }

    #[test]
    fn what_changes_stays() {
        let mut hot = HotPages::default();
        hot.extend(1);
        hot.note(0, PageTrace::Appeared);
        for _ in 0..1000 {
            assert!(hot.note(0, PageTrace::Changed));
        }
    }
}
