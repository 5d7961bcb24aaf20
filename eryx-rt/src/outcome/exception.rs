//! Python exceptions as data.

use std::fmt;

use eryx_runtime::bindings::eryx::sandbox::types;

/// An uncaught Python exception.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// Qualified name of the type, such as `ValueError` or `json.decoder.JSONDecodeError`.
    pub kind: String,
    /// `str()` of the exception.
    pub message: String,
    /// The traceback as Python prints it.
    pub traceback: String,
    /// The frames of the traceback, outermost first; the last one raised the exception. For a syntax error,
    /// the last frame is the place of the error, although no code ran there. A deep recursion keeps its first
    /// and last hundred frames.
    pub frames: Vec<Frame>,
    /// Related exceptions: causes (`raise … from`), contexts, and members of exception groups.
    pub chained: Vec<ChainedException>,
    /// The exit status of a `SystemExit`.
    pub exit_code: Option<i32>,
}

/// A frame: a place in Python code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The file, as Python names it: `<execution 1>`, the name from
    /// [`Code::with_filename`](crate::Code::with_filename), or a path in the sandbox.
    pub file: String,
    /// The line, counted from 1; 0 if Python does not know it.
    pub line: u32,
    /// The function, or `<module>` for code outside of functions.
    pub function: String,
    /// The source line without surrounding spaces; empty if it is not known.
    pub source: String,
}

/// An exception that is related to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainedException {
    /// Kind of the relation.
    pub relation: Relation,
    /// The exception that this one is related to: an index into [`Exception::chained`], always smaller than
    /// its own, or `None` for the [`Exception`] itself.
    pub of: Option<usize>,
    /// Qualified name of its type.
    pub kind: String,
    /// `str()` of it.
    pub message: String,
    /// The frames of its traceback, outermost first.
    pub frames: Vec<Frame>,
}

/// Relation of one exception to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Relation {
    /// The other exception was raised `from` this one.
    Cause,
    /// The other exception was raised while this one was handled.
    Context,
    /// The other exception is a group that contains this one.
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
            // The indices come from the guest, so they may be invalid.
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
