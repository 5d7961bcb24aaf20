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
    /// Whether the code counts the instructions it executes, so that they can be limited.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fuel: bool,
    /// Why sessions cannot be copied, if they cannot: what code keeps outside of linear memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_obstacle: Option<String>,
    /// Modules imported before the snapshot was taken.
    pub imports: Vec<String>,
    /// Requirements as declared.
    pub requirements: Vec<String>,
    /// Distributions inside, sorted by name.
    pub packages: Vec<Package>,
    /// Where entropy was drawn while warming. What was made of it is the same in every sandbox, unless it is renewed.
    #[serde(default)]
    pub entropy: Vec<Entropy>,
    /// Whether the core modules were fused to one, which makes sandboxes start faster.
    #[serde(default)]
    pub fused: bool,
}

/// A place in the code that drew entropy while the imports ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", from = "EntropyForm")]
#[non_exhaustive]
pub struct Entropy {
    /// The item of `imports` during which it happened.
    pub import: String,
    /// The module that drew, or had `random`, `secrets`, `tempfile` or `uuid` draw for it.
    pub module: String,
    /// The Python calls that led there, outermost first, such as `/app/mine.py:3 in <module>`. For native code that
    /// asks the system by itself they end at the module that was being loaded.
    pub stack: Vec<String>,
    /// How often.
    pub draws: u64,
    /// Whether it seeded a generator that is seeded anew at the start of every sandbox.
    pub renewed: bool,
}

impl Entropy {
    /// All there is to know of a place.
    pub fn new(import: String, module: String, stack: Vec<String>, draws: u64, renewed: bool) -> Self {
        Self { import, module, stack, draws, renewed }
    }
}

/// The forms it has been written in: early bundles named the import and nothing else.
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
