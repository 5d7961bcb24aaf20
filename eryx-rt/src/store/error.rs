//! Why a bundle could not be extracted or found.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::bundle::FormatError;
use crate::file_size;

/// What went wrong in the store, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A folder of the store could be under the control of somebody else.
    #[error(
        "the store folder `{}` is not safe to run code from: {why}; \
         remove it or correct it, or set ERYX_STORE_DIR to a folder that only you can write to",
        path.display()
    )]
    Unsafe {
        /// The folder or file refused.
        path: PathBuf,
        /// Which rule it breaks.
        why: String,
    },

    /// No room on the disk.
    #[error(
        "no room to extract the bundle to `{}`: {needed} bytes are needed; free some space there, \
         set ERYX_STORE_DIR to a folder on another disk, or use a store in memory",
        path.display()
    )]
    Full {
        /// The folder that was written to.
        path: PathBuf,
        /// Bytes the extracted bundle takes.
        needed: u64,
    },

    /// The operating system refused something.
    #[error("could not {action} `{}`; set ERYX_STORE_DIR to another folder if this one cannot be used", path.display())]
    Io {
        /// What was tried, such as `open`.
        action: &'static str,
        /// What it was tried on.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },

    /// This process may not write files as large as those of the bundle.
    #[error(
        "no file of this process may be larger than {limit} bytes, and the extracted bundle has one that is; \
         raise the limit (`ulimit -f`, in systemd `LimitFSIZE=`), or extract the bundle once from a process without it"
    )]
    FileSize {
        /// The limit in bytes.
        limit: u64,
    },

    /// There is no usable folder, and no memory file could be made either.
    #[error(
        "could not extract the bundle to memory; \
         set ERYX_STORE_DIR to a folder that can be written to, on a disk that is not mounted `noexec`"
    )]
    Memory(#[source] io::Error),

    /// The bundle itself is broken.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// How opening in a folder can fail, before it is decided what to make of it.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// No code can be kept here, for a reason that is nobody's fault: memory will do.
    Unusable { path: PathBuf, why: UnusableReason },
    /// The disk is full.
    Full { path: PathBuf },
    /// A file would be larger than this process may make one. That goes for memory files too.
    TooLarge,
    /// A person has to look at it.
    Error(StoreError),
}

/// Why a place is unusable.
#[derive(Debug)]
pub(super) enum UnusableReason {
    Os(Errno),
    #[cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
    NoExec,
    /// Another user was there first.
    Foreign {
        owner: u32,
    },
}

impl fmt::Display for UnusableReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Os(errno) => fmt::Display::fmt(&io::Error::from(*errno), f),
            Self::NoExec => f.write_str("mounted `noexec`"),
            Self::Foreign { owner } => write!(f, "it belongs to user {owner}"),
        }
    }
}

impl Obstacle {
    /// The system refused to do `action`, which changes the disk.
    pub(super) fn writing(action: &'static str, path: &Path, errno: Errno) -> Self {
        let path = path.to_owned();
        match errno {
            Errno::NOSPC | Errno::DQUOT => Self::Full { path },
            Errno::FBIG => Self::TooLarge,
            // No temp dir, no right to write there, a read-only disk, a network disk without locks.
            Errno::NOENT
            | Errno::NOTDIR
            | Errno::ACCESS
            | Errno::PERM
            | Errno::ROFS
            | Errno::NOLCK
            | Errno::NOSYS
            | Errno::OPNOTSUPP => Self::Unusable { path, why: UnusableReason::Os(errno) },
            _ => Self::Error(StoreError::Io { action, path, source: errno.into() }),
        }
    }

    /// The same for errors that come through std.
    pub(super) fn writing_std(action: &'static str, path: &Path, source: io::Error) -> Self {
        match Errno::from_io_error(&source) {
            Some(errno) => Self::writing(action, path, errno),
            None => Self::Error(StoreError::Io { action, path: path.to_owned(), source }),
        }
    }

    pub(super) fn unsafe_path(path: &Path, why: impl Into<String>) -> Self {
        Self::Error(StoreError::Unsafe { path: path.to_owned(), why: why.into() })
    }

    /// For callers that have no use for a store in memory.
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Error(error) => error,
            Self::Full { path } => StoreError::Io { action: "write to", path, source: Errno::NOSPC.into() },
            Self::Unusable { path, why: why @ UnusableReason::Foreign { .. } } => {
                StoreError::Unsafe { path, why: why.to_string() }
            }
            Self::TooLarge => StoreError::FileSize { limit: file_size::limit().unwrap_or(u64::MAX) },
            Self::Unusable { path, why } => {
                let source = match why {
                    UnusableReason::Os(errno) => errno.into(),
                    why => io::Error::new(io::ErrorKind::Unsupported, why.to_string()),
                };
                StoreError::Io { action: "use", path, source }
            }
        }
    }
}
