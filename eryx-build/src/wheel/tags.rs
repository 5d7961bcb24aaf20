//! Which wheels the sandbox can use, by the tags in their names (PEP 425).
//!
//! Pure wheels only, for now. Wheels with native code for our platform have their seat: they are recognised, and
//! refused with words of their own, until the adapt step exists.

use std::fmt;

use super::guest::PYTHON_MINOR;
use super::name::WheelName;

/// Why a file cannot be used. Its text completes «`file`: …».
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Not a wheel, but the source of one.
    Source,
    /// Not a kind of file that is installed.
    Unknown,
    /// Native code for our platform: the step that takes it in is not built yet.
    Native(String),
    /// Native code for another platform; the platform's tags.
    Platform(Vec<String>),
    /// For another Python; the Python and ABI tags.
    Python(String),
    /// The index says which Python it needs, and ours is another.
    RequiresPython(String),
    /// The index gives no SHA-256 to check the file against.
    NoHash,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source => f.write_str("a source distribution; eryx does not build those yet"),
            Self::Unknown => f.write_str("not a wheel"),
            Self::Native(platform) => {
                write!(f, "native code for {platform}; eryx takes only pure wheels yet")
            }
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
                write!(f, "needs Python {text}; the sandbox runs Python {}", super::guest::PYTHON_VERSION)
            }
            Self::NoHash => f.write_str("the index gives no SHA-256 for it"),
        }
    }
}

/// The rank of a wheel that can be used; lower is better: made for this very Python, for this Python's language
/// version, for the nearest older one, for Python 3 as such.
pub(super) fn check(name: &WheelName) -> Result<u32, Refusal> {
    let any = name.platforms.iter().any(|platform| platform == "any");
    if !any {
        let ours = name.platforms.iter().find(|platform| is_ours(platform));
        return Err(match ours {
            Some(platform) if native_python(name) => Refusal::Native(platform.clone()),
            Some(_) => wrong_python(name),
            None => Refusal::Platform(name.platforms.clone()),
        });
    }
    if !name.abis.iter().any(|abi| abi == "none") {
        return Err(wrong_python(name));
    }
    name.pythons.iter().filter_map(|python| rank(python)).min().ok_or_else(|| wrong_python(name))
}

/// The platforms whose native code our interpreter can be made to load.
fn is_ours(platform: &str) -> bool {
    platform.starts_with("wasi_") || platform == "pyemscripten_2026_0_wasm32"
}

/// Whether native code is for our interpreter's ABI, or for the stable one.
fn native_python(name: &WheelName) -> bool {
    let exact = format!("cp3{PYTHON_MINOR}");
    name.abis.contains(&exact) || name.abis.iter().any(|abi| abi == "abi3")
}

fn rank(python: &str) -> Option<u32> {
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

fn wrong_python(name: &WheelName) -> Refusal {
    Refusal::Python(format!("{}-{}", name.pythons.join("."), name.abis.join(".")))
}

/// The name of a platform as people say it.
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
            ("cp314-cp314-wasi_0_2_wasm32", "only pure wheels yet"),
            ("cp314-cp314-pyemscripten_2026_0_wasm32", "only pure wheels yet"),
            ("cp312-abi3-pyemscripten_2026_0_wasm32", "only pure wheels yet"),
            ("cp313-cp313-pyemscripten_2026_0_wasm32", "another Python"),
            ("cp313-cp313-pyemscripten_2025_0_wasm32", "another Pyodide"),
        ] {
            let refusal = check(tags).unwrap_err().to_string();
            assert!(refusal.contains(reason), "{tags}: {refusal}");
        }
    }
}
