//! Reads the build configuration of a source tree.

use serde::Deserialize;

use crate::error::{Context as _, Error, Result};
use crate::sdist::SourceFiles;
use crate::wheel::Metadata;

/// The build configuration of a source tree (PEP 517, PEP 518).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BuildSystem {
    /// Name and version, if there is a `PKG-INFO` with both.
    pub(super) metadata: Option<(String, String)>,
    /// Requirements of the backend.
    pub(super) requires: Vec<String>,
    /// The backend: `module` or `module:object`.
    pub(super) backend: String,
    /// Folders of the source tree to search for the backend first.
    pub(super) backend_path: Vec<String>,
}

#[derive(Deserialize)]
struct PyProjectToml {
    #[serde(rename = "build-system")]
    build_system: Option<BuildSystemTable>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct BuildSystemTable {
    requires: Vec<String>,
    build_backend: Option<String>,
    #[serde(default)]
    backend_path: Vec<String>,
}

/// Backends that always compile native code, and their languages or tools.
const COMPILING: &[(&str, &str)] = &[
    ("maturin", "Rust"),
    ("setuptools-rust", "Rust"),
    ("setuptools_rust", "Rust"),
    ("scikit-build-core", "C or C++"),
    ("scikit_build_core", "C or C++"),
    ("scikit-build", "C or C++"),
    ("skbuild", "C or C++"),
    ("meson-python", "C, C++ or Fortran"),
    ("mesonpy", "C, C++ or Fortran"),
    ("py-build-cmake", "C or C++"),
    ("py_build_cmake", "C or C++"),
    ("sipbuild", "C or C++"),
    ("sip", "C or C++"),
];

impl BuildSystem {
    /// Reads `pyproject.toml` and `PKG-INFO`.
    ///
    /// # Errors
    /// When `pyproject.toml`, `setup.py` and `setup.cfg` are all missing, or `pyproject.toml` is broken.
    pub(super) fn read(files: &SourceFiles) -> Result<Self> {
        let metadata = files
            .get("PKG-INFO")
            .and_then(|bytes| Metadata::parse(bytes).ok())
            .map(|metadata| (metadata.name, metadata.version));
        let declared = match files.get("pyproject.toml") {
            Some(bytes) => {
                let broken = || "its pyproject.toml is broken";
                let text = std::str::from_utf8(bytes).context(broken)?;
                toml::from_str::<PyProjectToml>(text).context(broken)?.build_system
            }
            None if files.contains_key("setup.py") || files.contains_key("setup.cfg") => None,
            None => return Err(Error::new("it has neither a pyproject.toml nor a setup.py")),
        };
        // The defaults of PEP 517.
        let default_backend = || "setuptools.build_meta:__legacy__".to_owned();
        Ok(match declared {
            Some(system) => Self {
                metadata,
                requires: system.requires,
                backend: system.build_backend.unwrap_or_else(default_backend),
                backend_path: system.backend_path,
            },
            None => Self {
                metadata,
                requires: vec!["setuptools".to_owned()],
                backend: default_backend(),
                backend_path: Vec::new(),
            },
        })
    }

    /// Refuses unsupported backends before anything is downloaded for them.
    ///
    /// # Errors
    /// When the backend always compiles.
    pub(super) fn check(&self) -> Result<()> {
        let backend = self.backend.split(['.', ':']).next().unwrap_or_default();
        let required = |name: &str| self.requires.iter().any(|requirement| names(requirement, name));
        let compiling = COMPILING.iter().find(|(name, _)| backend == *name || required(name));
        match compiling {
            None => Ok(()),
            Some((name, language)) => Err(Error::new(format!(
                "its build backend, {name}, compiles {language} code; eryx cannot compile extensions yet"
            ))),
        }
    }
}

/// Whether a requirement is one on that project.
fn names(requirement: &str, project: &str) -> bool {
    let end = requirement
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
        .unwrap_or(requirement.len());
    requirement[..end].eq_ignore_ascii_case(project)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, &str)]) -> SourceFiles {
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn without_a_declaration_it_is_setuptools() {
        for tree in
            [files(&[("setup.py", "")]), files(&[("pyproject.toml", "[tool.black]\n"), ("setup.py", "")])]
        {
            let project = BuildSystem::read(&tree).unwrap();
            assert_eq!(project.requires, ["setuptools"]);
            assert_eq!(project.backend, "setuptools.build_meta:__legacy__");
        }
        let error = BuildSystem::read(&files(&[("README", "")])).unwrap_err();
        assert_eq!(error.to_string(), "it has neither a pyproject.toml nor a setup.py");
    }

    #[test]
    fn declarations_are_read() {
        let toml = "[build-system]\nrequires = [\"flit_core>=3\"]\nbuild-backend = \"mine:api\"\n\
                    backend-path = [\"tools\"]\n[project]\nname = \"x\"\n";
        let info = "Metadata-Version: 2.1\nName: x\nVersion: 1.0\n";
        let project = BuildSystem::read(&files(&[("pyproject.toml", toml), ("PKG-INFO", info)])).unwrap();
        assert_eq!(
            project,
            BuildSystem {
                metadata: Some(("x".to_owned(), "1.0".to_owned())),
                requires: vec!["flit_core>=3".to_owned()],
                backend: "mine:api".to_owned(),
                backend_path: vec!["tools".to_owned()],
            }
        );
        project.check().unwrap();
        assert!(BuildSystem::read(&files(&[("pyproject.toml", "[build-system")])).is_err());
    }

    #[test]
    fn what_always_compiles_is_refused() {
        for (requires, backend, refused) in [
            ("maturin>=1,<2", "maturin", true),
            ("setuptools, x", "setuptools.build_meta", false),
            ("setuptools-rust>=1", "setuptools.build_meta", true),
            ("meson-python", "mesonpy", true),
            ("scikit_build_core", "scikit_build_core.build", true),
            ("hatchling", "hatchling.build", false),
            ("sipper", "sipper", false),
        ] {
            let project = BuildSystem {
                metadata: None,
                requires: vec![requires.to_owned()],
                backend: backend.to_owned(),
                backend_path: Vec::new(),
            };
            assert_eq!(project.check().is_err(), refused, "{requires}");
        }
    }
}
