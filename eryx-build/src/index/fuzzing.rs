//! Answers of an index as the fuzzers read them.

use pep508_rs::PackageName;
use url::Url;

use super::page::{self, Project, ProjectFile};
use super::{filename, links};
use crate::error::Result;

pub fn json(bytes: &[u8], base: &Url) -> Result<Vec<ProjectFile>> {
    page::parse(bytes, base)
}

pub fn html(text: &str, base: &Url) -> Vec<ProjectFile> {
    links::anchors(text, base)
}

pub fn project(name: &PackageName, files: Vec<ProjectFile>) -> Project {
    Project::of_files(name, files)
}

/// Whether it names a file, and no place.
pub fn is_plain(name: &str) -> bool {
    filename::is_plain(name)
}
