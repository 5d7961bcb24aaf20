//! **index**: asks package indexes which files a project has, and downloads them.
//!
//! The protocol is the JSON form of the simple API (PEP 691): one page per project. Pages are kept in the cache in a
//! short form, for as long as the index says that they hold, and asked for again with their `ETag`.
//!
//! Which index is asked is found in the settings that pip and uv use, in this order: `--index-url`; the declaration;
//! `ERYX_INDEX_URL`, `UV_DEFAULT_INDEX`, `UV_INDEX_URL`, `PIP_INDEX_URL`; uv's configuration, of the project and of
//! the user; pip's configuration files; the default that an installed pip or uv tells. Extra indexes are asked before
//! it, and the first index that has a project is the only one for that project: a stranger who takes a name on
//! another index gains nothing. Files of `find-links` folders and pages join those of the index.

mod client;
mod config;
mod cutoff;
pub(crate) mod default_index;
pub(crate) mod discover;
pub(crate) mod filename;
#[cfg(fuzzing)]
pub mod fuzzing;
mod http;
mod links;
mod locations;
mod pace;
mod page;
mod pages;
mod project;
mod range;
pub(crate) mod surroundings;
#[cfg(test)]
pub(crate) mod testing;
mod tls;
mod transfer_error;
pub(crate) mod url;
mod vulnerabilities;

pub use self::client::Client;
pub(crate) use self::cutoff::UploadCutoff;
pub use self::locations::IndexLocations;
pub use self::project::{Project, ProjectFile, Release};
pub(crate) use self::transfer_error::TransferError;
pub use self::url::IndexUrl;
pub(crate) use self::vulnerabilities::{ListedVulnerabilities, Vulnerability};

#[cfg(test)]
mod tests;
