//! The page size of this machine.

/// Size of a page in bytes.
pub(super) fn page_size() -> usize {
    rustix::param::page_size()
}
