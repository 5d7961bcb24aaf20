//! **index**: asks package indexes for the files of projects, and downloads them.
//!
//! The protocol is the JSON form of the simple API (PEP 691): one page per project. The cache keeps pages in a short
//! form for as long as the index allows, then revalidates them with their `ETag`.
//!
//! The choice of the index follows the settings of pip and uv, in this order: `--index-url`; the declaration;
//! `ERYX_INDEX_URL`, `UV_DEFAULT_INDEX`, `UV_INDEX_URL`, `PIP_INDEX_URL`; uv's configuration, of the project and of the
//! user; pip's configuration files; the default index of an installed pip or uv. Extra indexes are asked before it. The
//! first index that has a project is the only one for that project, so an attacker cannot replace a package by
//! uploading its name to a later index. Files of `find-links` folders and pages are added to those of the index.

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
