//! Progress reports of steps, independent of the receiver.

/// Receives progress reports of build steps. `cargo-eryx` draws bars or prints lines; tests count steps.
pub trait Reporter: Send + Sync {
    /// Begins a step. `total` is its size in bytes if it is known and large enough for a progress bar.
    fn begin(&self, step: &'static str, subject: &str, total: Option<u64>) -> Box<dyn Progress>;

    /// Reports a warning that does not stop the build.
    fn warn(&self, message: &str);
}

/// One running step. Dropping it without [`finish`](Progress::finish) means that it failed.
pub trait Progress: Send + Sync {
    /// Reports that `bytes` more are done.
    fn advance(&self, bytes: u64);

    /// Ends the step with success. `outcome` is a short result (`"3.1 MB"`, `"cached"`).
    fn finish(self: Box<Self>, outcome: &str);
}

/// A reporter without output.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Reporter for Silent {
    fn begin(&self, _: &'static str, _: &str, _: Option<u64>) -> Box<dyn Progress> {
        Box::new(Self)
    }

    fn warn(&self, _: &str) {}
}

impl Progress for Silent {
    fn advance(&self, _: u64) {}

    fn finish(self: Box<Self>, _: &str) {}
}
