//! Entry points of the index parsers for the fuzzers.

use pep508_rs::PackageName;
use url::Url;

use super::project::{Project, ProjectFile};
use super::transfer_error::TransferError;
use super::{filename, links, page};
use crate::error::{Error, Result};

fn told(broken: TransferError) -> Error {
    match broken {
        TransferError::Connection(error) => Error::new(error.to_string()),
        TransferError::Final(error) => error,
    }
}

pub fn json(bytes: &[u8], base: &Url) -> Result<Vec<ProjectFile>> {
    page::parse(bytes, base).map_err(told)
}

pub fn html(text: &str, base: &Url) -> Result<Vec<ProjectFile>> {
    links::anchors(text.as_bytes(), base).map_err(told)
}

pub fn project(name: &PackageName, files: Vec<ProjectFile>) -> Project {
    Project::of_files(name, files)
}

/// Whether a name is a plain file name, without a path.
pub fn is_plain(name: &str) -> bool {
    filename::is_plain(name)
}
