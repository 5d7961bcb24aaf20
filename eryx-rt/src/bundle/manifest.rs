//! The manifest: what is inside a bundle, as JSON in its first section.

use serde::{Deserialize, Serialize};

/// Everything a reader may want to know about a bundle without loading it.
///
/// It holds no time, no host name and no path of the machine that built it: the same inputs give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Manifest {
    /// Version of the tool that built the bundle.
    pub eryx_version: String,
    /// Version of the interpreter, such as `3.14.0`.
    pub python_version: String,
    /// Identity of the base runtime and guest ABI; bundles of different ABIs never mix.
    pub abi: String,
    /// Target triple of the machine code.
    pub target: String,
    /// CPU baseline the code was compiled for, such as `x86-64-v2`.
    pub cpu: String,
    /// Version of wasmtime that compiled the code.
    pub wasmtime_version: String,
    /// Modules imported before the snapshot was taken.
    pub imports: Vec<String>,
    /// Requirements as declared.
    pub requirements: Vec<String>,
    /// Distributions inside, sorted by name.
    pub packages: Vec<Package>,
    /// Imports during which entropy was drawn while warming; what they made of it is the same in every sandbox.
    #[serde(default)]
    pub entropy: Vec<String>,
}

/// One distribution inside a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Package {
    /// Normalised name (PEP 503).
    pub name: String,
    /// Version (PEP 440).
    pub version: String,
    /// File name of the wheel.
    pub file: String,
    /// Size of the wheel in bytes.
    pub size: u64,
    /// SHA-256 of the wheel, lower-case hex.
    pub sha256: String,
    /// Licence as the wheel's metadata states it (`License-Expression`, else `License`, else classifiers).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
}

impl Manifest {
    /// A manifest with the identity of its code, and nothing declared yet.
    #[allow(clippy::too_many_arguments)]
    pub fn new(python_version: String, abi: String, target: String, cpu: String) -> Self {
        Self {
            eryx_version: env!("CARGO_PKG_VERSION").to_owned(),
            python_version,
            abi,
            target,
            cpu,
            wasmtime_version: crate::engine::WASMTIME_VERSION.to_owned(),
            imports: Vec::new(),
            requirements: Vec::new(),
            packages: Vec::new(),
            entropy: Vec::new(),
        }
    }
}
