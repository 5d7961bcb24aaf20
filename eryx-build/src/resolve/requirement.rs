//! One item of `packages`: a requirement (PEP 508), or the path of a wheel.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use pep440_rs::{Operator, Version, VersionSpecifiers};
use pep508_rs::{MarkerTree, PackageName, VersionOrUrl};
use url::Url;

use crate::error::{Error, Result};
use crate::wheel::guest;

/// One item of `packages`, whose markers hold in the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Requirement {
    /// A project on the index, and the versions that will do.
    Named { name: PackageName, specifiers: VersionSpecifiers },
    /// A wheel on this machine, and the name it must have if one was written.
    Local { name: Option<PackageName>, path: PathBuf },
}

impl Requirement {
    /// Reads an item. Relative paths start from `base_dir`. `None` when its markers exclude the guest.
    pub(super) fn parse(text: &str, base_dir: &Path) -> Result<Option<Self>> {
        let text = text.trim();
        if let Some((name, target, marker)) = local_target(text) {
            if let Some(marker) = marker {
                let tree =
                    MarkerTree::from_str(marker).map_err(|error| broken(text, &error.message.to_string()))?;
                if !tree.evaluate(guest::markers(), &[]) {
                    return Ok(None);
                }
            }
            let name = name.map(|name| PackageName::new(name.to_owned())).transpose();
            let name = name.map_err(|error| broken(text, &error.to_string()))?;
            let path = path_of(target)
                .ok_or_else(|| broken(text, "the file: URL is not the path of a file here"))?;
            if path.extension().is_none_or(|extension| extension != "whl") {
                return Err(Error::new(format!("`{text}` is not the path of a wheel"))
                    .help("eryx takes .whl files; build one with `pip wheel`"));
            }
            return Ok(Some(Self::Local { name, path: base_dir.join(path) }));
        }

        let parsed: pep508_rs::Requirement<Url> = text
            .parse()
            .map_err(|error: pep508_rs::Pep508Error<Url>| broken(text, &error.message.to_string()))?;
        if !parsed.marker.evaluate(guest::markers(), &[]) {
            return Ok(None);
        }
        if !parsed.extras.is_empty() {
            let extras: Vec<String> = parsed.extras.iter().map(ToString::to_string).collect();
            return Err(Error::new(format!(
                "`{}[{}]`: extras are not resolved yet",
                parsed.name,
                extras.join(",")
            ))
            .help(format!("write `{}` without them, and pin the packages they stand for", parsed.name)));
        }
        match parsed.version_or_url {
            None => Ok(Some(Self::Named { name: parsed.name, specifiers: VersionSpecifiers::empty() })),
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => {
                Ok(Some(Self::Named { name: parsed.name, specifiers }))
            }
            Some(VersionOrUrl::Url(_)) => {
                Err(Error::new(format!("`{}`: requirements by URL are not supported yet", parsed.name))
                    .help("pin a version from the index, or download the wheel and write its path"))
            }
        }
    }
}

/// The version, if the specifiers are one exact pin: `==1.0`, nothing else.
pub(super) fn exact(specifiers: &VersionSpecifiers) -> Option<&Version> {
    match &specifiers[..] {
        [one] if *one.operator() == Operator::Equal => Some(one.version()),
        _ => None,
    }
}

/// Name, path or `file:` URL, and marker, of an item that means a wheel on this machine.
fn local_target(text: &str) -> Option<(Option<&str>, &str, Option<&str>)> {
    // In paths and URLs a marker is set off by a space.
    let (head, marker) =
        match text.split_once(" ;").or_else(|| text.split_once(".whl;").map(|_| split_after_whl(text))) {
            Some((head, marker)) => (head.trim(), Some(marker.trim())),
            None => (text, None),
        };
    let (name, target) = match head.split_once('@') {
        Some((name, target))
            if !name.trim().is_empty() && PackageName::new(name.trim().to_owned()).is_ok() =>
        {
            (Some(name.trim()), target.trim())
        }
        _ => (None, head),
    };
    let is_file_url = target.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
    let is_path = !target.contains("://")
        && (name.is_some()
            || target.starts_with(['.', '/'])
            || target.to_ascii_lowercase().ends_with(".whl"));
    (is_file_url || is_path).then_some((name, target, marker))
}

fn split_after_whl(text: &str) -> (&str, &str) {
    let at = text.find(".whl;").map_or(text.len(), |at| at + ".whl".len());
    (&text[..at], text[at..].trim_start_matches(';'))
}

fn path_of(target: &str) -> Option<PathBuf> {
    if target.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:")) {
        // `file:relative` is no URL by the book, but pip takes it.
        if target[5..].starts_with('/') {
            Url::parse(target).ok()?.to_file_path().ok()
        } else {
            Some(PathBuf::from(&target[5..]))
        }
    } else {
        Some(PathBuf::from(target))
    }
}

fn broken(text: &str, why: &str) -> Error {
    Error::new(format!("`{text}` is not a requirement: {why}"))
        .help("write a name and a version, as in \"tabulate==0.9.0\", or the path of a wheel")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Requirement> {
        Requirement::parse(text, Path::new("/base")).unwrap()
    }

    fn local(name: Option<&str>, path: &str) -> Requirement {
        let name = name.map(|name| PackageName::new(name.to_owned()).unwrap());
        Requirement::Local { name, path: PathBuf::from(path) }
    }

    #[test]
    fn wheels_on_this_machine() {
        assert_eq!(parse("./w/a-1-py3-none-any.whl"), Some(local(None, "/base/./w/a-1-py3-none-any.whl")));
        assert_eq!(parse("w/a-1-py3-none-any.whl"), Some(local(None, "/base/w/a-1-py3-none-any.whl")));
        assert_eq!(parse("a @ ../a.whl"), Some(local(Some("a"), "/base/../a.whl")));
        assert_eq!(parse("a@file:///x/a%20b.whl"), Some(local(Some("a"), "/x/a b.whl")));
        assert_eq!(parse("a @ file:w/a.whl ; python_version > '3'"), Some(local(Some("a"), "/base/w/a.whl")));
        assert_eq!(parse("./a.whl; sys_platform == 'win32'"), None);
    }

    #[test]
    fn names() {
        let Some(Requirement::Named { name, specifiers }) =
            parse("Text_Unidecode == 1.3 ; sys_platform == 'wasi'")
        else {
            panic!("not named")
        };
        assert_eq!(name.to_string(), "text-unidecode");
        assert_eq!(exact(&specifiers).unwrap().to_string(), "1.3");
        assert_eq!(parse("six==1.0; sys_platform == 'linux'"), None);
        for text in ["six", "six>=1", "six==1.*", "six~=1.0", "six==1.0,>=0.5", "six===1.0"] {
            let Some(Requirement::Named { specifiers, .. }) = parse(text) else { panic!("not named") };
            assert_eq!(exact(&specifiers), None, "{text}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (text, message) in [
            ("six=1.0", "is not a requirement"),
            ("", "is not a requirement"),
            ("a b c", "is not a requirement"),
            ("foo[bar]==1.0", "`foo[bar]`: extras are not resolved yet"),
            ("six @ https://host.test/six-1-py3-none-any.whl", "by URL are not supported"),
            ("./six.tar.gz", "is not the path of a wheel"),
            ("./six.whl ; nonsense", "is not a requirement"),
        ] {
            let error = Requirement::parse(text, Path::new("/base")).unwrap_err();
            assert!(error.to_string().contains(message), "{text}: {error}");
            assert!(error.help_text().is_some());
        }
    }
}
