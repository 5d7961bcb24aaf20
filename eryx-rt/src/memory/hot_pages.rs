//! Which pages every execution writes: learnt from what is written again and again.
//!
//! Setting a page back by copying keeps it in place, which saves the next execution a page fault; dropping it saves its
//! memory. A page is kept once it was written in two sessions. Whether a page that was kept was written once more can
//! only be told if its content has changed (counting references up and down leaves none), so a page that looks
//! unchanged is kept for a term, and then dropped. If it is still in use, that costs one fault, and the next term is twice
//! as long.

/// The first term: sessions for which a page is kept that looks unchanged.
const FIRST_TERM: u16 = 64;
/// Most doublings of it.
const MOST_DOUBLINGS: u8 = 8;

/// What a session did to a page, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageTrace {
    /// It was not in place before, so it was written now.
    Appeared,
    /// It was in place before, and has changed.
    Changed,
    /// It was in place before, and is as it was.
    Unchanged,
}

/// What is known of a page.
#[derive(Debug, Clone, Copy, Default)]
struct PageRecord {
    /// Sessions for which it is still kept if it looks unchanged.
    rest: u16,
    /// How often it was written although it was not in place.
    appeared: u8,
}

impl PageRecord {
    fn is_kept(self) -> bool {
        self.rest > 0
    }

    fn begin_term(&mut self) {
        // It has appeared twice before its first term.
        self.rest = FIRST_TERM << self.appeared.saturating_sub(2);
    }
}

/// What is known of each page of a start image. Memories of one pool share it.
#[derive(Debug, Default)]
pub(super) struct HotPages {
    pages: Vec<PageRecord>,
}

impl HotPages {
    /// Makes room for so many pages, none of which is known yet.
    pub(super) fn extend(&mut self, pages: usize) {
        if pages > self.pages.len() {
            self.pages.resize(pages, PageRecord::default());
        }
    }

    /// Notes what was seen, and says whether the page is worth keeping.
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

    /// All pages that are worth keeping, ascending.
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
            // Dropped, and in use after all.
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
