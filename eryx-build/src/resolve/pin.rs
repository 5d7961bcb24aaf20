//! What resolving ends in: one file for each distribution.

use std::fmt;
use std::path::{Path, PathBuf};

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::digest;
use crate::error::{Context as _, Result};

/// One distribution, decided down to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Its normalised name.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// Where it comes from.
    pub source: Source,
    /// The wheel that was made of it, if the source is not a wheel.
    pub built: Option<File>,
    /// What it needs, of the other pins. Markers have been decided; sorted by name.
    pub dependencies: Vec<Dependency>,
    /// Which item of `packages` asked for it, if one did by itself.
    pub declared: Option<usize>,
}

/// Where a distribution comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A wheel or sdist that an index or a `find-links` folder has. Which of them does not matter: it is looked up by
    /// its name and taken only with this hash.
    Index(File),
    /// A wheel or sdist at an address that the requirement itself gives.
    Url(Url, File),
    /// A wheel or sdist on this machine, by its absolute path.
    Path(PathBuf, File),
    /// A source tree on this machine, by its absolute path.
    Folder(PathBuf),
}

/// A file, identified beyond doubt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    /// Its name.
    pub filename: String,
    /// Its size in bytes, if the index tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
}

/// An edge between two pins: `name` or `name[extra,other]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    /// The distribution that is needed.
    pub name: PackageName,
    /// With which extras, sorted.
    pub extras: Vec<ExtraName>,
}

impl File {
    /// A file on this machine, hashed.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn here(path: &Path) -> Result<Self> {
        let filename = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let kind = if filename.ends_with(".whl") { "wheel" } else { "file" };
        let file = fs_err::File::open(path)
            .context(|| format!("cannot open the {kind} `{filename}`"))
            .map_err(|error| error.help("check the path; it starts at the folder of the declaration"))?;
        let (sha256, size) =
            digest::sha256_of(file).context(|| format!("cannot read `{}`", path.display()))?;
        Ok(Self { filename, size: Some(size), sha256 })
    }
}

impl Source {
    /// The file, unless the source is a folder.
    pub fn file(&self) -> Option<&File> {
        match self {
            Self::Index(file) | Self::Url(_, file) | Self::Path(_, file) => Some(file),
            Self::Folder(_) => None,
        }
    }

    /// Whether it is a wheel, rather than something that a wheel is made of.
    pub fn is_wheel(&self) -> bool {
        self.file().is_some_and(|file| file.filename.to_ascii_lowercase().ends_with(".whl"))
    }
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if !self.extras.is_empty() {
            let extras: Vec<&str> = self.extras.iter().map(AsRef::as_ref).collect();
            write!(f, "[{}]", extras.join(","))?;
        }
        Ok(())
    }
}
