//! How the steps tell a person what they do, without knowing who listens.

/// Receives the steps of a build as they begin. `cargo-eryx` draws bars or prints lines; tests count.
pub trait Reporter: Send + Sync {
    /// A step begins. `total` is its size in bytes when that is known and worth a bar.
    fn begin(&self, step: &'static str, subject: &str, total: Option<u64>) -> Box<dyn Progress>;

    /// Something the user should know but that does not stop the build.
    fn warn(&self, message: &str);
}

/// One running step. Dropping it without [`finish`](Progress::finish) means it failed.
pub trait Progress: Send + Sync {
    /// `bytes` more are done.
    fn advance(&self, bytes: u64);

    /// The step ended well; `outcome` says what came of it in a few words (`"3.1 MB"`, `"cached"`).
    fn finish(self: Box<Self>, outcome: &str);
}

/// Says nothing.
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
