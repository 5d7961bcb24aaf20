//! The wheels that the sandbox can use, by the tags in their names (PEP 425).
//!
//! Native code for WASI ranks first. Native code for Emscripten, tagged for our Python as in PEP 783, comes second; a
//! build adapts it. Within a platform, wheels for exactly our Python precede wheels for the stable ABI. Pure wheels
//! come last, because a project that also has native code has it for speed.

use std::fmt;

use crate::guest::{PYTHON_MINOR, PYTHON_VERSION};
use crate::name::WheelName;

/// The reason why a file cannot be used. The text completes «`file`: …».
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A source distribution, not a wheel.
    Source,
    /// An unknown kind of file.
    Unknown,
    /// Native code for another platform, with the platform tags.
    Platform(Vec<String>),
    /// A wheel for another Python, with the Python and ABI tags.
    Python(String),
    /// The index gives a `Requires-Python` that excludes the guest's Python.
    RequiresPython(String),
    /// The index gives no SHA-256 to check the file against.
    NoHash,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source => f.write_str("a source distribution; eryx does not build those yet"),
            Self::Unknown => f.write_str("not a wheel"),
            Self::Platform(platforms) => {
                let names: Vec<&str> = platforms.iter().map(|platform| describe(platform)).collect();
                let mut once = names.clone();
                once.dedup();
                write!(
                    f,
                    "native code for {} ({}), which cannot run in the sandbox",
                    once.join(", "),
                    platforms.join(".")
                )
            }
            Self::Python(tag) => {
                write!(f, "for another Python ({tag}); the sandbox runs CPython 3.{PYTHON_MINOR}")
            }
            Self::RequiresPython(text) => {
                write!(f, "needs Python {text}; the sandbox runs Python {PYTHON_VERSION}")
            }
            Self::NoHash => f.write_str("the index gives no SHA-256 for it"),
        }
    }
}

impl WheelName {
    /// Returns the rank of a wheel that the sandbox can use; a lower rank is better.
    ///
    /// # Errors
    /// The reason why the sandbox cannot use the wheel.
    pub fn check(&self) -> Result<u32, Refusal> {
        check(self)
    }
}

/// Returns the rank of a usable wheel; a lower rank is better. Our platform ranks before pure, exactly our Python
/// before the stable ABI, our language version before an older one, and a Python version before plain Python 3.
fn check(name: &WheelName) -> Result<u32, Refusal> {
    let platforms: Vec<Platform> =
        name.platforms.iter().filter_map(|platform| Platform::of(platform)).collect();
    if platforms.is_empty() {
        return Err(Refusal::Platform(name.platforms.clone()));
    }
    let mut best = None;
    for platform in platforms {
        for abi in &name.abis {
            for python in &name.pythons {
                let rank = rank(python, abi, platform);
                best = best.into_iter().chain(rank).min();
            }
        }
    }
    best.ok_or_else(|| Refusal::Python(format!("{}-{}", name.pythons.join("."), name.abis.join("."))))
}

/// The platforms whose wheels the sandbox can use, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Platform {
    Wasi,
    Emscripten,
    Any,
}

impl Platform {
    fn of(tag: &str) -> Option<Self> {
        match tag {
            "any" => Some(Self::Any),
            "pyemscripten_2026_0_wasm32" => Some(Self::Emscripten),
            _ => (tag.starts_with("wasi_") && tag.ends_with("_wasm32")).then_some(Self::Wasi),
        }
    }
}

/// Returns the rank of one combination of tags.
fn rank(python: &str, abi: &str, platform: Platform) -> Option<u32> {
    /// Larger than the number of ranks of Python tags.
    const STEP: u32 = 2 * PYTHON_MINOR;
    let exact = format!("cp3{PYTHON_MINOR}");
    let group = match (platform, abi) {
        (Platform::Any, "none") => 4,
        (Platform::Any, _) => return None,
        (platform, abi) if abi == exact && python == exact => platform as u32,
        // Native code that needs no Python, then native code for the stable ABI of this Python or an older one.
        (platform, "none") => 2 + platform as u32,
        (platform, "abi3") => {
            let minor: u32 = python.strip_prefix("cp3")?.parse().ok()?;
            return (minor <= PYTHON_MINOR).then(|| (2 + platform as u32) * STEP + PYTHON_MINOR - minor);
        }
        _ => return None,
    };
    Some(group * STEP + python_rank(python)?)
}

fn python_rank(python: &str) -> Option<u32> {
    let (kind, version) = python.split_at_checked(2)?;
    let minor: Option<u32> =
        version.strip_prefix('3').filter(|minor| !minor.is_empty()).map(str::parse).transpose().ok()?;
    match (kind, version, minor) {
        ("cp", _, Some(PYTHON_MINOR)) => Some(0),
        ("py", _, Some(minor)) if minor <= PYTHON_MINOR => Some(1 + PYTHON_MINOR - minor),
        ("py", "3", None) => Some(2 + PYTHON_MINOR),
        _ => None,
    }
}

/// Returns the common name of a platform.
fn describe(platform: &str) -> &'static str {
    let kinds = [
        ("manylinux", "Linux"),
        ("musllinux", "Linux with musl"),
        ("linux", "Linux"),
        ("macosx", "macOS"),
        ("win", "Windows"),
        ("android", "Android"),
        ("ios", "iOS"),
        ("pyodide", "an older Pyodide"),
        ("pyemscripten", "another Pyodide"),
        ("emscripten", "Emscripten"),
    ];
    kinds
        .into_iter()
        .find(|(start, _)| platform.starts_with(start))
        .map_or("another platform", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tags: &str) -> Result<u32, Refusal> {
        super::check(&format!("x-1-{tags}.whl").parse().unwrap())
    }

    #[test]
    fn pure_wheels_in_order() {
        let order = ["cp314-none-any", "py314-none-any", "py313-none-any", "py38-none-any", "py3-none-any"];
        let ranks: Vec<u32> = order.iter().map(|tags| check(tags).unwrap()).collect();
        assert!(ranks.is_sorted() && ranks[3] < ranks[4], "{ranks:?}");
        assert_eq!(check("py2.py3-none-any"), check("py3-none-any"));
    }

    #[test]
    fn native_wheels_before_pure_ones() {
        let order = [
            "cp314-cp314-wasi_0_0_0_wasm32",
            "cp314-cp314-pyemscripten_2026_0_wasm32",
            "cp314-abi3-wasi_0_2_wasm32",
            "cp312-abi3-wasi_0_2_wasm32",
            "py3-none-wasi_0_2_wasm32",
            "cp314-abi3-pyemscripten_2026_0_wasm32",
            "cp38-abi3-pyemscripten_2026_0_wasm32",
            "cp314-none-any",
            "py3-none-any",
        ];
        let ranks: Vec<u32> = order.iter().map(|tags| check(tags).unwrap()).collect();
        assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]), "{ranks:?}");
        assert_eq!(check("cp314-cp314-pyemscripten_2026_0_wasm32.manylinux_2_17_x86_64"), Ok(ranks[1]));
    }

    #[test]
    fn others_are_refused_for_their_reason() {
        for (tags, reason) in [
            ("py2-none-any", "another Python (py2-none)"),
            ("py315-none-any", "another Python"),
            ("cp313-none-any", "another Python"),
            ("cp314-cp314-any", "another Python"),
            ("pp311-none-any", "another Python"),
            ("cp314-cp314-manylinux_2_17_x86_64.manylinux2014_x86_64", "for Linux (manylinux_2_17_x86_64."),
            ("cp314-cp314-musllinux_1_2_aarch64", "Linux with musl"),
            ("cp314-cp314-macosx_11_0_arm64", "macOS"),
            ("cp314-cp314-win_amd64", "Windows"),
            ("cp315-abi3-pyemscripten_2026_0_wasm32", "another Python"),
            ("cp314-abi3t-wasi_0_0_0_wasm32", "another Python (cp314-abi3t)"),
            ("cp313-cp313-wasi_0_0_0_wasm32", "another Python"),
            ("cp313-cp313-pyemscripten_2026_0_wasm32", "another Python"),
            ("cp313-cp313-pyemscripten_2025_0_wasm32", "another Pyodide"),
        ] {
            let refusal = check(tags).unwrap_err().to_string();
            assert!(refusal.contains(reason), "{tags}: {refusal}");
        }
    }
}
