//! Ecosystems: where names of packages have their meaning.

use serde::Serialize;

/// Where a name means what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Ecosystem {
    /// A Python package.
    #[serde(rename = "PyPI")]
    PyPi,
    /// A Rust crate.
    #[serde(rename = "crates.io")]
    Crates,
    /// A project that no package manager stands for, such as CPython itself.
    #[serde(rename = "generic")]
    Generic,
}
