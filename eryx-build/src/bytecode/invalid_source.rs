//! Sources that are not Python 3.14.

/// Whether a file that does not compile stops the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvalidSource {
    /// Packages carry templates and files for other versions of Python: those just get no bytecode.
    Skip,
    /// In the user's own code it is a mistake.
    Refuse,
}
