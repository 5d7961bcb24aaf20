//! Errors of extracting or finding a bundle.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::bundle::FormatError;
use crate::file_size;

/// An error of the store. The message says how to fix it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another user could control a folder of the store.
    #[error(
        "the store folder `{}` is not safe to run code from: {why}; \
         remove it or correct it, or set ERYX_STORE_DIR to a folder that only you can write to",
        path.display()
    )]
    Unsafe {
        /// The rejected folder or file.
        path: PathBuf,
        /// The rule that it breaks.
        why: String,
    },

    /// The disk is full.
    #[error(
        "no room to extract the bundle to `{}`: {needed} bytes are needed; free some space there, \
         set ERYX_STORE_DIR to a folder on another disk, or use a store in memory",
        path.display()
    )]
    Full {
        /// The folder for the extracted bundle.
        path: PathBuf,
        /// Bytes that the extracted bundle takes.
        needed: u64,
    },

    /// The operating system refused an operation.
    #[error("could not {action} `{}`; set ERYX_STORE_DIR to another folder if this one cannot be used", path.display())]
    Io {
        /// The operation, such as `open`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },

    /// The limit on file sizes is too low for the bundle's files.
    #[error(
        "this process may not write files larger than {limit} bytes, and a file of the bundle is larger; \
         raise the limit (`ulimit -f`, in systemd `LimitFSIZE=`), or extract the bundle once from a process without it"
    )]
    FileSize {
        /// The limit in bytes.
        limit: u64,
    },

    /// No folder is usable, and creating a memory file failed as well.
    #[error(
        "could not extract the bundle to memory; \
         set ERYX_STORE_DIR to a folder that can be written to, on a disk that is not mounted `noexec`"
    )]
    Memory(#[source] io::Error),

    /// The bundle itself is damaged.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// The ways in which opening a bundle in a folder can fail. The caller decides how to react to each.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// The folder cannot hold code, for example because its disk is read-only. A store in memory is a good replacement.
    Unusable { path: PathBuf, why: UnusableReason },
    /// The disk is full.
    Full { path: PathBuf },
    /// A file would exceed the limit on file sizes, which applies to memory files too.
    TooLarge,
    /// An error that a person must resolve.
    Error(StoreError),
}

/// Why a folder is unusable.
#[derive(Debug)]
pub(super) enum UnusableReason {
    Os(Errno),
    #[cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
    NoExec,
    /// Another user has taken the name of the folder.
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
    /// Classifies the failure of `action`, which changes the disk.
    pub(super) fn writing(action: &'static str, path: &Path, errno: Errno) -> Self {
        let path = path.to_owned();
        match errno {
            Errno::NOSPC | Errno::DQUOT => Self::Full { path },
            Errno::FBIG => Self::TooLarge,
            // No temporary folder, no permission to write, a read-only disk, or a network disk without locks.
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

    /// Classifies an error from std in the same way.
    pub(super) fn writing_std(action: &'static str, path: &Path, source: io::Error) -> Self {
        match Errno::from_io_error(&source) {
            Some(errno) => Self::writing(action, path, errno),
            None => Self::Error(StoreError::Io { action, path: path.to_owned(), source }),
        }
    }

    pub(super) fn unsafe_path(path: &Path, why: impl Into<String>) -> Self {
        Self::Error(StoreError::Unsafe { path: path.to_owned(), why: why.into() })
    }

    /// Converts the obstacle for callers that cannot fall back to a store in memory.
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
