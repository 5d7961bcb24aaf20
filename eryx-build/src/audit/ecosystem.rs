//! Ecosystems: the namespaces of package names.

use serde::Serialize;

/// The namespace of a package name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Ecosystem {
    /// A Python package.
    #[serde(rename = "PyPI")]
    PyPi,
    /// A Rust crate.
    #[serde(rename = "crates.io")]
    Crates,
    /// A project outside package managers, such as CPython itself.
    #[serde(rename = "generic")]
    Generic,
}
