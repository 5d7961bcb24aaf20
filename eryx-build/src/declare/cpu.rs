//! CPU baselines of a bundle's machine code.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::suggestion::suggest;
use crate::error::{Error, Result};

/// The CPU baseline the code is compiled for. Every processor from the baseline on can run it.
///
/// ```
/// use eryx_build::declare::Cpu;
/// assert_eq!("x86-64-v3".parse::<Cpu>()?, Cpu::X86_64V3);
/// assert_eq!(Cpu::default_for("x86_64"), Cpu::X86_64V2);
/// # Ok::<(), eryx_build::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Cpu {
    /// The architecture's own baseline, without newer instructions.
    #[serde(rename = "generic")]
    Generic,
    /// x86-64 since about 2009: SSE4.2, POPCNT.
    #[serde(rename = "x86-64-v2")]
    X86_64V2,
    /// x86-64 since about 2013: AVX2, BMI, FMA.
    #[serde(rename = "x86-64-v3")]
    X86_64V3,
    /// x86-64 with AVX-512.
    #[serde(rename = "x86-64-v4")]
    X86_64V4,
    /// Every feature of the building machine. Other machines may refuse the bundle.
    #[serde(rename = "native")]
    Native,
}

impl Cpu {
    /// Every baseline, in display order.
    pub const ALL: [Self; 5] = [Self::Generic, Self::X86_64V2, Self::X86_64V3, Self::X86_64V4, Self::Native];

    /// Returns the default baseline of an architecture, named as in target triples (`x86_64`, `aarch64`).
    pub fn default_for(arch: &str) -> Self {
        if arch == "x86_64" { Self::X86_64V2 } else { Self::Generic }
    }

    /// Returns the name used in declarations and manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::X86_64V2 => "x86-64-v2",
            Self::X86_64V3 => "x86-64-v3",
            Self::X86_64V4 => "x86-64-v4",
            Self::Native => "native",
        }
    }

    /// Whether the baseline exists for an architecture, named as in target triples.
    pub fn fits(self, arch: &str) -> bool {
        !matches!(self, Self::X86_64V2 | Self::X86_64V3 | Self::X86_64V4) || arch == "x86_64"
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Cpu {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|cpu| cpu.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str);
            Error::new(format!("unknown cpu `{text}`")).help(suggest(text, &names).map_or_else(
                || format!("known are: {}", names.join(", ")),
                |name| format!("did you mean `{name}`?"),
            ))
        })
    }
}
