//! The manifest: a description of the bundle, as JSON in its first section.

use serde::{Deserialize, Serialize};

/// A description of a bundle that can be read without loading the bundle.
///
/// It contains no time, host name or path of the build machine, so the same inputs give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Manifest {
    /// Version of the tool that built the bundle.
    pub eryx_version: String,
    /// Version of the interpreter, such as `3.14.0`.
    pub python_version: String,
    /// Identity of the base runtime and guest ABI. Bundles of different ABIs cannot be mixed.
    pub abi: String,
    /// Target triple of the machine code.
    pub target: String,
    /// CPU baseline that the code was compiled for, such as `x86-64-v2`.
    pub cpu: String,
    /// Version of wasmtime that compiled the code.
    pub wasmtime_version: String,
    /// Whether the code counts the executed instructions, so that they can be limited.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fuel: bool,
    /// The reason why sessions cannot be copied, if they cannot: state that code keeps outside of linear memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_obstacle: Option<String>,
    /// Modules imported before the snapshot was taken.
    pub imports: Vec<String>,
    /// Requirements as declared.
    pub requirements: Vec<String>,
    /// Distributions in the bundle, sorted by name.
    pub packages: Vec<Package>,
    /// The places that drew entropy during warm-up. Values derived from it are the same in every sandbox, unless
    /// renewed.
    #[serde(default)]
    pub entropy: Vec<Entropy>,
    /// Whether the core modules were fused into one, which makes sandboxes start faster.
    #[serde(default)]
    pub fused: bool,
}

/// A place in the code that drew entropy while the imports ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", from = "EntropyForm")]
#[non_exhaustive]
pub struct Entropy {
    /// The item of `imports` during which it drew.
    pub import: String,
    /// The module that drew, directly or through `random`, `secrets`, `tempfile` or `uuid`.
    pub module: String,
    /// The Python calls that led there, outermost first, such as `/app/mine.py:3 in <module>`. For native code that
    /// calls the system itself, they end at the module that was being loaded.
    pub stack: Vec<String>,
    /// Number of draws.
    pub draws: u64,
    /// Whether it seeded a generator that is reseeded at the start of every sandbox.
    pub renewed: bool,
}

impl Entropy {
    /// Creates an entry.
    pub fn new(import: String, module: String, stack: Vec<String>, draws: u64, renewed: bool) -> Self {
        Self { import, module, stack, draws, renewed }
    }
}

/// The serialized forms: early bundles stored only the import.
#[derive(Deserialize)]
#[serde(untagged)]
enum EntropyForm {
    Import(String),
    #[serde(rename_all = "kebab-case")]
    Place {
        import: String,
        module: String,
        #[serde(default)]
        stack: Vec<String>,
        draws: u64,
        #[serde(default)]
        renewed: bool,
    },
}

impl From<EntropyForm> for Entropy {
    fn from(form: EntropyForm) -> Self {
        match form {
            EntropyForm::Import(import) => Self::new(import.clone(), import, Vec::new(), 1, false),
            EntropyForm::Place { import, module, stack, draws, renewed } => {
                Self { import, module, stack, draws, renewed }
            }
        }
    }
}

/// A distribution in a bundle.
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
    /// Creates a manifest with the identity of the code and empty lists.
    #[allow(clippy::too_many_arguments)]
    pub fn new(python_version: String, abi: String, target: String, cpu: String) -> Self {
        Self {
            eryx_version: env!("CARGO_PKG_VERSION").to_owned(),
            python_version,
            abi,
            target,
            cpu,
            wasmtime_version: crate::engine::WASMTIME_VERSION.to_owned(),
            fuel: false,
            snapshot_obstacle: None,
            imports: Vec::new(),
            requirements: Vec::new(),
            packages: Vec::new(),
            entropy: Vec::new(),
            fused: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_read_in_both_forms() {
        let place = Entropy::new("kit".into(), "kit.key".into(), vec!["/a.py:1 in <module>".into()], 2, true);
        let written = serde_json::to_value(&place).unwrap();
        assert_eq!(serde_json::from_value::<Entropy>(written).unwrap(), place);
        let early: Entropy = serde_json::from_str("\"random\"").unwrap();
        assert_eq!((early.import.as_str(), early.module.as_str(), early.draws), ("random", "random", 1));
        assert!(serde_json::from_str::<Entropy>("7").is_err());
    }
}
