//! An item of `packages`: a requirement (PEP 508), or the path or URL of a wheel, an sdist or a source tree.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use pep440_rs::VersionSpecifiers;
use pep508_rs::{ExtraName, MarkerTree, PackageName, VersionOrUrl};
use url::Url;

use crate::bounds;
use crate::error::{Error, Result};
use crate::index::filename;
use crate::wheel::guest;

/// An item of `packages` whose markers include the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Requirement {
    /// The distribution's name; optional for paths and URLs.
    pub(super) name: Option<PackageName>,
    /// The requested extras.
    pub(super) extras: Vec<ExtraName>,
    /// Its versions, or its place.
    pub(super) what: RequirementTarget,
}

/// The target of a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RequirementTarget {
    /// Versions of an index.
    Versions(VersionSpecifiers),
    /// A file or folder on this machine, by its absolute path.
    Path(PathBuf),
    /// A file at a URL.
    Url(Url),
}

impl Requirement {
    /// Parses an item. Relative paths start from `base_dir`. Returns `None` if its markers exclude the guest.
    pub(super) fn parse(text: &str, base_dir: &Path) -> Result<Option<Self>> {
        let text = text.trim();
        bounds::requirement(text)?;
        if let Some(place) = TargetText::parse(text) {
            return place.requirement(text, base_dir);
        }
        let parsed: pep508_rs::Requirement<Url> = text
            .parse()
            .map_err(|error: pep508_rs::Pep508Error<Url>| broken(text, &error.message.to_string()))?;
        if !parsed.marker.evaluate(guest::markers(), &[]) {
            return Ok(None);
        }
        let what = match parsed.version_or_url {
            None => RequirementTarget::Versions(VersionSpecifiers::empty()),
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => RequirementTarget::Versions(specifiers),
            Some(VersionOrUrl::Url(url)) => remote(text, url)?,
        };
        Ok(Some(Self { name: Some(parsed.name), extras: parsed.extras, what }))
    }

    /// Checks that an item gives a name rather than a place, even if its markers exclude the guest.
    pub(super) fn check_named(text: &str) -> Result<()> {
        let text = text.trim();
        bounds::requirement(text)?;
        let place = || Error::new(format!("`{text}` is a place, not the name of a project"));
        if TargetText::parse(text).is_some() {
            return Err(place());
        }
        let parsed: pep508_rs::Requirement<Url> = text
            .parse()
            .map_err(|error: pep508_rs::Pep508Error<Url>| broken(text, &error.message.to_string()))?;
        if matches!(parsed.version_or_url, Some(VersionOrUrl::Url(_))) { Err(place()) } else { Ok(()) }
    }

    /// Parses an item of `constraints`: a name and versions. Returns `None` if its markers exclude the guest.
    pub(super) fn parse_constraint(text: &str) -> Result<Option<(PackageName, VersionSpecifiers)>> {
        let plain = || {
            Error::new(format!("`{text}` is not a constraint"))
                .help("write a name and versions, as in \"tabulate<1\", without extras")
        };
        match Self::parse(text, Path::new("/"))? {
            None => Ok(None),
            Some(Self { name: Some(name), extras, what: RequirementTarget::Versions(specifiers) })
                if extras.is_empty() =>
            {
                Ok(Some((name, specifiers)))
            }
            Some(_) => Err(plain()),
        }
    }
}

/// An item that gives a place rather than versions.
struct TargetText<'t> {
    /// Name and extras before an `@`.
    head: Option<&'t str>,
    target: &'t str,
    extras: Option<&'t str>,
    marker: Option<&'t str>,
}

impl<'t> TargetText<'t> {
    /// Parses a place. Returns `None` for a name, or a name at a URL, which PEP 508 covers.
    fn parse(text: &'t str) -> Option<Self> {
        let (before, marker) = split_marker(text);
        let (head, target) = match before.split_once('@') {
            Some((head, target)) if is_head(head.trim()) => (Some(head.trim()), target.trim()),
            _ => (None, before),
        };
        let (target, extras) = match (head, target.strip_suffix(']').and_then(|rest| rest.rsplit_once('['))) {
            (None, Some((target, extras))) => (target.trim(), Some(extras)),
            _ => (target, None),
        };
        let is_url = starts_with(target, "http:") || starts_with(target, "https:");
        let is_file = starts_with(target, "file:")
            || (!target.contains("://")
                && (head.is_some()
                    || target.starts_with(['.', '/'])
                    || target.ends_with('/')
                    || target.to_ascii_lowercase().ends_with(".whl")
                    || filename::sdist_stem(target).is_some()));
        ((is_url && head.is_none()) || is_file).then_some(Self { head, target, extras, marker })
    }

    fn requirement(&self, text: &str, base_dir: &Path) -> Result<Option<Requirement>> {
        if let Some(marker) = self.marker {
            let tree =
                MarkerTree::from_str(marker).map_err(|error| broken(text, &error.message.to_string()))?;
            if !tree.evaluate(guest::markers(), &[]) {
                return Ok(None);
            }
        }
        let head = match (self.head, self.extras) {
            (Some(head), _) => Some(head.to_owned()),
            // Any name works here, because only the extras are used.
            (None, Some(extras)) => Some(format!("x[{extras}]")),
            (None, None) => None,
        };
        let head = head.map(|head| head.parse::<pep508_rs::Requirement<Url>>());
        let head = head.transpose().map_err(|error| broken(text, &error.message.to_string()))?;
        let (name, extras) = head.map_or((None, Vec::new()), |head| (Some(head.name), head.extras));
        let name = name.filter(|_| self.head.is_some());
        if !starts_with(self.target, "file:")
            && let Ok(url) = Url::parse(self.target)
        {
            return Ok(Some(Requirement { name, extras, what: remote(text, url)? }));
        }
        let path = path_of(self.target)
            .ok_or_else(|| broken(text, "the file: URL is not the path of a file here"))?;
        let path = base_dir.join(path);
        Ok(Some(Requirement { name, extras, what: RequirementTarget::Path(path) }))
    }
}

/// Returns the target of a URL, if the URL is supported.
fn remote(text: &str, url: Url) -> Result<RequirementTarget> {
    if url.scheme() == "file" {
        let path = url.to_file_path();
        return path
            .map(RequirementTarget::Path)
            .map_err(|()| broken(text, "the file: URL is not the path of a file here"));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::new(format!("`{text}`: eryx does not fetch from `{}:`", url.scheme()))
            .help("give the http or https address of a wheel or sdist, or the path of a checkout"));
    }
    let filename = url.path_segments().and_then(Iterator::last).unwrap_or_default();
    if !filename.ends_with(".whl") && filename::sdist_parts(filename).is_none() {
        return Err(Error::new(format!("`{text}` is not the address of a wheel or sdist"))
            .help("its last part must be a file name, as in \".../six-1.17.0-py2.py3-none-any.whl\""));
    }
    Ok(RequirementTarget::Url(url))
}

/// Splits an item into the part before the marker, and the marker. In paths and URLs, the marker follows a space or the
/// end of the file name.
fn split_marker(text: &str) -> (&str, Option<&str>) {
    let at = text.find(" ;").or_else(|| {
        let ends = [".whl;", ".tar.gz;", ".zip;"];
        ends.iter().find_map(|end| Some(text.find(end)? + end.len() - 1))
    });
    match at {
        Some(at) => (text[..at].trim(), Some(text[at..].trim_start_matches([' ', ';']).trim())),
        None => (text, None),
    }
}

/// Whether the text before an `@` is a name, optionally with extras.
fn is_head(head: &str) -> bool {
    !head.is_empty()
        && head.parse::<pep508_rs::Requirement<Url>>().is_ok_and(|parsed| parsed.version_or_url.is_none())
}

fn starts_with(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

fn path_of(target: &str) -> Option<PathBuf> {
    if starts_with(target, "file:") {
        // `file:relative` is not a valid URL, but pip accepts it.
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
        .help("write a name, perhaps with versions, as in \"tabulate>=0.9\", or the path of a wheel")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Requirement> {
        Requirement::parse(text, Path::new("/base")).unwrap()
    }

    fn local(head: &str, path: &str) -> Requirement {
        let head = (!head.is_empty()).then(|| head.parse::<pep508_rs::Requirement<Url>>().unwrap());
        let (name, extras) = head.map_or((None, Vec::new()), |head| (Some(head.name), head.extras));
        Requirement { name, extras, what: RequirementTarget::Path(PathBuf::from(path)) }
    }

    #[test]
    fn files_and_folders_on_this_machine() {
        assert_eq!(parse("./w/a-1-py3-none-any.whl"), Some(local("", "/base/./w/a-1-py3-none-any.whl")));
        assert_eq!(parse("w/a-1-py3-none-any.whl"), Some(local("", "/base/w/a-1-py3-none-any.whl")));
        assert_eq!(parse("a @ ../a.whl"), Some(local("a", "/base/../a.whl")));
        assert_eq!(parse("a[b,c] @ ../a"), Some(local("a[b,c]", "/base/../a")));
        assert_eq!(parse("a@file:///x/a%20b.whl"), Some(local("a", "/x/a b.whl")));
        assert_eq!(parse("a @ file:w/a.whl ; python_version > '3'"), Some(local("a", "/base/w/a.whl")));
        assert_eq!(parse("./a.whl; sys_platform == 'win32'"), None);
        assert_eq!(parse("a-1.0.tar.gz"), Some(local("", "/base/a-1.0.tar.gz")));
        assert_eq!(parse("./src"), Some(local("", "/base/./src")));
        let with_extras = parse("./src[fast]").unwrap();
        assert_eq!((with_extras.name, with_extras.extras.len()), (None, 1));
        assert_eq!(with_extras.what, RequirementTarget::Path("/base/./src".into()));
    }

    #[test]
    fn addresses() {
        let url = |text: &str| RequirementTarget::Url(text.parse().unwrap());
        let bare = parse("https://host.test/six-1-py3-none-any.whl#sha256=ab").unwrap();
        assert_eq!((bare.name, bare.what), (None, url("https://host.test/six-1-py3-none-any.whl#sha256=ab")));
        let named = parse("Six[x] @ https://host.test/six-1.tar.gz ; sys_platform == 'wasi'").unwrap();
        assert_eq!((named.name.unwrap().to_string(), named.extras.len()), ("six".to_owned(), 1));
        assert_eq!(named.what, url("https://host.test/six-1.tar.gz"));
        assert_eq!(parse("six @ https://host.test/six-1.tar.gz ; sys_platform == 'linux'"), None);
    }

    #[test]
    fn names() {
        let six = parse("Text_Unidecode [b,a] ~= 1.3 ; sys_platform == 'wasi'").unwrap();
        assert_eq!(six.name.unwrap().to_string(), "text-unidecode");
        assert_eq!(six.extras.len(), 2);
        assert_eq!(six.what, RequirementTarget::Versions("~=1.3".parse().unwrap()));
        assert_eq!(parse("six==1.0; sys_platform == 'linux'"), None);
    }

    #[test]
    fn markers_that_the_parser_would_not_survive_are_refused() {
        let open = "(".repeat(2000);
        for text in [
            format!("a; {open}"),
            format!("./a.whl ; {open}"),
            format!("a @ https://x.test/a-1.zip ; {open}"),
        ] {
            let error = Requirement::parse(&text, Path::new("/")).unwrap_err().to_string();
            assert!(error.contains("parentheses"), "{error}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (text, message) in [
            ("six=1.0", "is not a requirement"),
            ("", "is not a requirement"),
            ("a b c", "is not a requirement"),
            ("six @ git+https://host.test/six", "eryx does not fetch from `git+https:`"),
            ("six @ https://host.test/six", "is not the address of a wheel or sdist"),
            ("./six.whl ; nonsense", "is not a requirement"),
        ] {
            let error = Requirement::parse(text, Path::new("/base")).unwrap_err();
            assert!(error.to_string().contains(message), "{text}: {error}");
            assert!(error.help_text().is_some());
        }
        for text in ["./six.whl", "six[x]<2", "six @ https://host.test/six-1.tar.gz"] {
            let error = Requirement::parse_constraint(text).unwrap_err();
            assert!(error.to_string().contains("is not a constraint"), "{error}");
        }
    }
}
