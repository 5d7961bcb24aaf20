//! Entry points for the fuzzers in `fuzz/`. They exist only with `--cfg fuzzing`, and are not part of the API.
#![allow(missing_docs, clippy::missing_errors_doc)]

pub use pep508_rs::PackageName;
pub use url::Url;

pub use crate::adapt::fuzzing as adapt;
pub use crate::fuse::fuzzing as fuse;
pub use crate::index::fuzzing as index;
pub use crate::lock::fuzzing as lock;
pub use crate::resolve::fuzzing as resolve;
pub use crate::sdist::fuzzing as sdist;
