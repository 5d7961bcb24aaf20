//! Parses names of wheels and sdists: kind, project and version.

use pep440_rs::Version;
use pep508_rs::PackageName;

/// The suffixes of source distributions.
const SDIST_SUFFIXES: [&str; 5] = [".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz"];

/// Whether a name is a plain file name, without a path.
pub(super) fn is_plain(filename: &str) -> bool {
    !filename.is_empty() && !filename.starts_with('.') && !filename.contains(['/', '\\', '\0'])
}

/// Returns the stem of a source distribution's name; `None` for other names.
pub(crate) fn sdist_stem(filename: &str) -> Option<&str> {
    SDIST_SUFFIXES.iter().find_map(|suffix| filename.strip_suffix(suffix))
}

/// Returns the name and version of a source distribution. The name may contain dashes, so the last dash separates them.
pub(crate) fn sdist_parts(filename: &str) -> Option<(PackageName, Version)> {
    let (name, version) = sdist_stem(filename)?.rsplit_once('-')?;
    Some((PackageName::new(name.to_owned()).ok()?, version.parse().ok()?))
}

/// Returns the version of a wheel or sdist, if it belongs to that project. It must be fast, because pages list
/// thousands of files.
pub(super) fn version_in(project: &PackageName, filename: &str) -> Option<Version> {
    let rest = after_name(project.as_ref(), filename)?;
    match filename.strip_suffix(".whl") {
        Some(_) => rest.split('-').next()?.replace('_', "-").parse().ok(),
        None => sdist_stem(rest)?.parse().ok(),
    }
}

/// Returns the text after the project's name and its dash. The name may have any equivalent spelling.
fn after_name<'f>(project: &str, filename: &'f str) -> Option<&'f str> {
    let bytes = filename.as_bytes();
    let mut at = 0;
    let separator = |byte: u8| matches!(byte, b'-' | b'_' | b'.');
    for byte in project.bytes() {
        if byte == b'-' {
            let count = bytes.get(at..)?.iter().take_while(|byte| separator(**byte)).count();
            if count == 0 {
                return None;
            }
            at += count;
        } else if bytes.get(at)?.to_ascii_lowercase() == byte {
            at += 1;
        } else {
            return None;
        }
    }
    filename.get(at..)?.strip_prefix('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let project = PackageName::new("foo-bar".to_owned()).unwrap();
        for (filename, version) in [
            ("foo_bar-1.0-py3-none-any.whl", Some("1.0")),
            ("Foo.Bar-1.0_1-2-py3-none-any.whl", Some("1.0.post1")),
            ("foo__bar-1.0+local.1-py3-none-any.whl", Some("1.0+local.1")),
            ("foo-bar-1.0.tar.gz", Some("1.0")),
            ("foobar-1.0.tar.gz", None),
            ("foo-bar-baz-1.0.tar.gz", None),
            ("foo-bar-1.0.egg", None),
            ("foo-bar", None),
            ("foo", None),
        ] {
            let found = version_in(&project, filename).map(|version| version.to_string());
            assert_eq!(found.as_deref(), version, "{filename}");
        }
        let (name, version) = sdist_parts("foo-bar-1.0.zip").unwrap();
        assert_eq!((name, version.to_string()), (project, "1.0".to_owned()));
        assert_eq!(sdist_parts("foo.whl"), None);
    }
}
