//! The Python inside the sandbox, as packaging rules see it. The host's Python does not matter.

use std::sync::LazyLock;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{MarkerEnvironment, MarkerEnvironmentBuilder, Pep508Error, Requirement};
use url::Url;

use crate::bounds;
use crate::error::{Error, Result};

/// The minor version: 14 of Python 3.14.
pub const PYTHON_MINOR: u32 = 14;

/// The version of the interpreter.
pub const PYTHON_VERSION: &str = eryx_runtime::PYTHON_VERSION;

/// The guest's values for environment markers such as `; sys_platform == "wasi"`.
pub fn markers() -> &'static MarkerEnvironment {
    static MARKERS: LazyLock<MarkerEnvironment> = LazyLock::new(|| {
        let values = MarkerEnvironmentBuilder {
            implementation_name: "cpython",
            implementation_version: PYTHON_VERSION,
            os_name: "posix",
            platform_machine: "wasm32",
            platform_python_implementation: "CPython",
            platform_release: "0.0.0",
            platform_system: "wasi",
            platform_version: "0.0.0",
            python_full_version: PYTHON_VERSION,
            python_version: "3.14",
            sys_platform: "wasi",
        };
        MarkerEnvironment::try_from(values).expect("the versions above are versions")
    });
    &MARKERS
}

/// Parses a line of `Requires-Dist`.
///
/// # Errors
/// When it is not a requirement, or is [too large](bounds::requirement).
pub fn requirement(text: &str) -> Result<Requirement<Url>> {
    bounds::requirement(text)?;
    text.parse().map_err(|error: Pep508Error<Url>| {
        Error::new(format!("its dependency `{text}` is broken: {}", error.message))
    })
}

/// Whether a `Requires-Python` accepts the guest's Python. Like pip, this ignores a specifier that it cannot parse.
pub fn accepts(requires_python: Option<&str>) -> bool {
    static VERSION: LazyLock<Version> =
        LazyLock::new(|| PYTHON_VERSION.parse().expect("the version above is a version"));
    let Some(text) = requires_python.filter(|text| text.len() <= bounds::REQUIREMENT_BYTES) else {
        return true;
    };
    text.parse::<VersionSpecifiers>().map_or(true, |specifiers| specifiers.contains(&VERSION))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use pep508_rs::MarkerTree;

    use super::*;

    #[test]
    fn markers_are_the_guests() {
        for (marker, holds) in [
            ("sys_platform == 'wasi'", true),
            ("sys_platform == 'linux'", false),
            ("python_version >= '3.9'", true),
            ("python_version < '3.11'", false),
            ("python_full_version >= '3.14.1'", false),
            ("os_name == 'posix' and platform_machine == 'wasm32'", true),
            ("platform_python_implementation == 'PyPy'", false),
            ("extra == 'test'", false),
        ] {
            assert_eq!(MarkerTree::from_str(marker).unwrap().evaluate(markers(), &[]), holds, "{marker}");
        }
    }

    #[test]
    fn requires_python() {
        for (text, accepted) in [
            (">=3.8", true),
            (">=3.8,<4", true),
            ("<3.14", false),
            (">=3.15", false),
            ("~=3.14", true),
            ("junk", true),
        ] {
            assert_eq!(accepts(Some(text)), accepted, "{text}");
        }
        assert!(accepts(None));
    }
}
