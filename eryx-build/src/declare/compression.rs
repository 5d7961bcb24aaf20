//! Compression of a bundle's sections.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Compression of a bundle's sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Compression {
    /// Zstandard at its usual level: a smaller binary, a slower first start.
    #[default]
    Zstd,
    /// Zstandard at a high level: about 15 % smaller, and a build takes about ten seconds longer.
    ZstdMax,
    /// No compression.
    None,
}

impl Compression {
    /// Every variant, in display order.
    pub const ALL: [Self; 3] = [Self::Zstd, Self::ZstdMax, Self::None];

    /// Returns the name used in declarations.
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
