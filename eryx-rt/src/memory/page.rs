//! Pages of this machine.

/// Size of a page of this machine, in bytes.
pub(super) fn page_size() -> usize {
    rustix::param::page_size()
}
