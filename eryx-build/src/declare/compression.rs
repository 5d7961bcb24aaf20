//! How a bundle's sections are stored.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How a bundle's sections are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Compression {
    /// Compressed with Zstandard: a smaller binary, a slower first start.
    #[default]
    Zstd,
    /// Compressed as well as Zstandard does in bearable time: some 15 % smaller, and a build takes some ten seconds more.
    ZstdMax,
    /// As it is.
    None,
}

impl Compression {
    /// Every way, in the order they are shown to people.
    pub const ALL: [Self; 3] = [Self::Zstd, Self::ZstdMax, Self::None];

    /// The name used in declarations.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::ZstdMax => "zstd-max",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Compression {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| {
            Error::new(format!("unknown compression `{text}`"))
                .help("write \"zstd\" (the default), \"zstd-max\" or \"none\"")
        })
    }
}
