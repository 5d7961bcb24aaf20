//! Treatment of sources that are not valid Python 3.14.

/// Whether a file that does not compile stops the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvalidSource {
    /// Skips the file, without bytecode. Packages contain templates and files for other versions of Python.
    Skip,
    /// Stops the build. In the user's own code, an invalid file is a mistake.
    Refuse,
}
