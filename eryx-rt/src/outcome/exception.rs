//! Python exceptions as data.

use std::fmt;

use eryx_runtime::bindings::eryx::sandbox::types;

/// A Python exception that left the code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// Qualified name of the type, such as `ValueError` or `json.decoder.JSONDecodeError`.
    pub kind: String,
    /// `str()` of the exception.
    pub message: String,
    /// The traceback as Python prints it.
    pub traceback: String,
    /// The places it went through, outermost first: the last one raised it. The place of a syntax error is the last
    /// one too, though no code ran there. Of a deep recursion, the first and the last hundred.
    pub frames: Vec<Frame>,
    /// Exceptions that belong to this one: what it was raised from, what was being handled, what a group holds.
    pub chained: Vec<ChainedException>,
    /// For `SystemExit`, the status that a process would have ended with.
    pub exit_code: Option<i32>,
}

/// A place in Python code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The file, as Python names it: `<execution 1>`, the name that was given
    /// [`Code::with_filename`](crate::Code::with_filename), or a path in the sandbox.
    pub file: String,
    /// The line, from 1; 0 if Python does not know it.
    pub line: u32,
    /// The function; `<module>` outside of functions.
    pub function: String,
    /// The line of source, without the spaces around it; empty if it is not known.
    pub source: String,
}

/// An exception that belongs to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainedException {
    /// How it belongs to it.
    pub relation: Relation,
    /// Which one it belongs to: an index into [`Exception::chained`], always a smaller one than its own, or `None` for
    /// the [`Exception`] itself.
    pub of: Option<usize>,
    /// Qualified name of its type.
    pub kind: String,
    /// `str()` of it.
    pub message: String,
    /// The places it went through, outermost first.
    pub frames: Vec<Frame>,
}

/// How one exception belongs to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Relation {
    /// The other was raised `from` it.
    Cause,
    /// The other was raised while it was handled.
    Context,
    /// The other is an exception group that it is in.
    Member,
}

impl From<types::Exception> for Exception {
    fn from(exception: types::Exception) -> Self {
        let types::Exception { kind, message, traceback, frames, chained, exit_code } = exception;
        Self {
            kind,
            message,
            traceback,
            frames: frames.into_iter().map(Into::into).collect(),
            // The guest gives the indices, so they may be anything.
            chained: chained
                .into_iter()
                .enumerate()
                .map(|(index, one)| ChainedException {
                    relation: match one.relation {
                        types::Relation::Cause => Relation::Cause,
                        types::Relation::Context => Relation::Context,
                        types::Relation::Member => Relation::Member,
                    },
                    of: one.of.map(|of| of as usize).filter(|&of| of < index),
                    kind: one.kind,
                    message: one.message,
                    frames: one.frames.into_iter().map(Into::into).collect(),
                })
                .collect(),
            exit_code,
        }
    }
}

impl From<types::Frame> for Frame {
    fn from(frame: types::Frame) -> Self {
        let types::Frame { file, line, function, source } = frame;
        Self { file, line, function, source }
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            f.write_str(&self.kind)
        } else {
            write!(f, "{}: {}", self.kind, self.message)
        }
    }
}

impl std::error::Error for Exception {}
