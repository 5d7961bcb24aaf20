//! Which pages every execution writes: learnt from what is written again and again.
//!
//! Setting a page back by copying keeps it in place, which saves the next execution a page fault; dropping it saves its
//! memory. A page is kept once it was written in two sessions. Whether a page that was kept was written once more can
//! only be told if its content has changed (counting references up and down leaves none), so a page that looks
//! unchanged loses some of its standing, and is dropped when it has none left; if it is still in use, that costs one
//! fault, after which it is kept again.

/// Standing of a page that is certainly used.
const FULL: u8 = 64;
/// Standing of a page that was seen written once.
const SEEN: u8 = 1;

/// What a session did to a page, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trace {
    /// It was not in place before, so it was written now.
    Appeared,
    /// It was in place before, and has changed.
    Changed,
    /// It was in place before, and is as it was.
    Unchanged,
}

/// The standing of each page of a start image. Slots of one pool share it.
#[derive(Debug, Default)]
pub(super) struct Hot {
    standing: Vec<u8>,
}

impl Hot {
    /// Makes room for so many pages, none of which is known yet.
    pub(super) fn extend(&mut self, pages: usize) {
        if pages > self.standing.len() {
            self.standing.resize(pages, 0);
        }
    }

    /// Notes what was seen, and says whether the page is worth keeping.
    pub(super) fn note(&mut self, page: usize, trace: Trace) -> bool {
        let Some(standing) = self.standing.get_mut(page) else { return false };
        *standing = match (trace, *standing) {
            (Trace::Appeared, 0) => SEEN,
            (Trace::Appeared | Trace::Changed, _) => FULL,
            (Trace::Unchanged, standing) => standing.saturating_sub(1),
        };
        *standing > SEEN
    }

    /// All pages that are worth keeping, ascending.
    pub(super) fn pages(&self) -> impl Iterator<Item = usize> {
        self.standing.iter().enumerate().filter(|(_, standing)| **standing > SEEN).map(|(page, _)| page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_kept_from_the_second_time_on_until_it_is_not_used() {
        let mut hot = Hot::default();
        hot.extend(4);
        assert!(!hot.note(2, Trace::Appeared));
        assert!(hot.note(2, Trace::Appeared));
        assert_eq!(hot.pages().collect::<Vec<_>>(), [2]);
        let kept = (0..=usize::from(FULL)).take_while(|_| hot.note(2, Trace::Unchanged)).count();
        assert_eq!(kept, usize::from(FULL - SEEN) - 1);
        assert_eq!(hot.pages().count(), 0);
        // Dropped, and in use after all.
        assert!(hot.note(2, Trace::Appeared));
        assert!(!hot.note(4, Trace::Appeared), "a page of grown memory is never kept");
    }

    #[test]
    fn what_changes_stays() {
        let mut hot = Hot::default();
        hot.extend(1);
        hot.note(0, Trace::Appeared);
        for _ in 0..1000 {
            assert!(hot.note(0, Trace::Changed));
        }
    }
}
