//! The order of each crate's modules.

/// A crate whose modules are looked at.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) name: &'static str,
    /// Top-level modules: each may use those before it. `None` as long as the crate has no order.
    pub(crate) order: Option<&'static [&'static str]>,
    /// Whether files may not form circles either.
    pub(crate) files_in_order: bool,
}

pub(crate) const LIBRARIES: [Library; 3] = [
    Library { name: "eryx-wheel", order: None, files_in_order: false },
    Library { name: "eryx-build", order: None, files_in_order: false },
    // Fill in the order of its modules here to have it checked.
    Library { name: "eryx-rt", order: None, files_in_order: false },
];
