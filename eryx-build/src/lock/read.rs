//! Parses the lock. Errors name the line, for example that of a conflict marker of git or of a manual edit.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};
use serde::Deserialize;
use toml::Spanned;
use url::Url;

use super::inputs::LockInputs;
use super::lock_file::{LockFile, VERSION};
use super::section::Section;
use crate::declare;
use crate::error::{Context as _, Error, Result};
use crate::paths;
use crate::pin::{Dependency, Pin, PinSource, PinnedFile};
use crate::{bounds, digest};

const HELP: &str =
    "restore it from version control; or delete it and run `cargo eryx lock`, which resolves again";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockDocument {
    #[allow(dead_code, reason = "looked at before the rest is")]
    version: i64,
    #[serde(default)]
    bundle: Vec<BundleTable>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct BundleTable {
    name: Spanned<String>,
    python: String,
    #[serde(default)]
    requirements: Vec<String>,
    #[serde(default)]
    constraints: Vec<String>,
    #[serde(default)]
    prereleases: bool,
    exclude_newer: Option<String>,
    #[serde(default)]
    package: Vec<PackageTable>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct PackageTable {
    name: Spanned<PackageName>,
    version: Version,
    source: Option<Spanned<SourceLocation>>,
    file: Option<String>,
    size: Option<u64>,
    sha256: Option<Spanned<String>>,
    metadata: Option<Spanned<String>>,
    built: Option<BuiltTable>,
    #[serde(default)]
    dependencies: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SourceLocation {
    Url(Url),
    Path(String),
    Folder(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BuiltTable {
    file: String,
    size: Option<u64>,
    sha256: Spanned<String>,
}

/// The text, for errors with places.
struct SourceText<'a> {
    text: &'a str,
    path: &'a Path,
}

impl LockFile {
    /// Reads a file. A missing file has no sections. Relative paths in it start from its folder.
    ///
    /// # Errors
    /// When it cannot be read, has another version, or is broken. The error gives the line and the next step.
    pub fn read(path: &Path) -> Result<Self> {
        match bounds::text(path, bounds::LOCK_BYTES) {
            Ok(text) => parse(&text, path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).context(|| format!("cannot read `{}`", path.display())),
        }
    }
}

pub(super) fn parse(text: &str, path: &Path) -> Result<LockFile> {
    let source = SourceText { text, path };
    if let Some(line) = conflict(text) {
        return Err(Error::new(format!(
            "`{}` has a merge conflict ({}:{line})",
            source.name(),
            source.name()
        ))
        .help(
            "resolve the conflict in the declaration first, then take either side of this file \
                 (`git checkout --ours eryx.lock`) and run `cargo eryx lock`",
        ));
    }
    let broken = |error: toml::de::Error| source.error(error.message(), error.span());
    let versioned: toml::Table = toml::from_str(text).map_err(broken)?;
    match versioned.get("version").and_then(toml::Value::as_integer) {
        Some(VERSION) => {}
        Some(other) => {
            return Err(Error::new(format!(
                "`{}` has format version {other}, and this eryx knows version {VERSION}",
                source.name()
            ))
            .help("install the cargo-eryx that wrote it, or a newer one"));
        }
        None => return Err(source.error("it has no `version`", None)),
    }
    let document: LockDocument = toml::from_str(text).map_err(broken)?;
    let mut lock = LockFile::default();
    for bundle in document.bundle {
        let (span, name) = (bundle.name.span(), bundle.name.get_ref().clone());
        let section = section(bundle, &source)?;
        if lock.sections.insert(name.clone(), section).is_some() {
            return Err(source.error(&format!("it has two sections for the bundle `{name}`"), Some(span)));
        }
    }
    Ok(lock)
}

fn section(bundle: BundleTable, source: &SourceText<'_>) -> Result<Section> {
    let known: BTreeSet<PackageName> =
        bundle.package.iter().map(|package| package.name.get_ref().clone()).collect();
    let mut folders = BTreeMap::new();
    let mut pins: Vec<Pin> = Vec::with_capacity(bundle.package.len());
    for package in bundle.package {
        if let Some(hash) = &package.metadata {
            folders.insert(package.name.get_ref().clone(), sha256(hash, source)?);
        }
        let span = package.name.span();
        let pin = pin(package, &known, source)?;
        if pins.iter().any(|other| other.name == pin.name) {
            let message = format!("the bundle `{}` has {} twice", bundle.name.get_ref(), pin.name);
            return Err(source.error(&message, Some(span)));
        }
        pins.push(pin);
    }
    pins.sort_by(|one, other| one.name.cmp(&other.name));
    let asked = LockInputs {
        requirements: bundle.requirements,
        constraints: bundle.constraints,
        prereleases: bundle.prereleases,
        exclude_newer: bundle.exclude_newer,
    };
    Ok(Section { python: bundle.python, asked, pins, folders })
}

fn pin(package: PackageTable, known: &BTreeSet<PackageName>, source: &SourceText<'_>) -> Result<Pin> {
    let span = package.name.span();
    let dir = source.path.parent().unwrap_or(Path::new("."));
    let file = match (package.file, package.sha256) {
        (Some(filename), Some(hash)) => Some(PinnedFile {
            filename: plain(filename, &span, source)?,
            size: package.size,
            sha256: sha256(&hash, source)?,
        }),
        (None, None) => None,
        _ => return Err(source.error("`file` and `sha256` belong together", Some(span))),
    };
    let place = package.source.map(Spanned::into_inner);
    let place = match (place, file) {
        (None, Some(file)) => PinSource::Index(file),
        (Some(SourceLocation::Url(url)), Some(file)) => PinSource::Url(url, file),
        (Some(SourceLocation::Path(path)), Some(file)) => PinSource::Path(paths::absolute(&path, dir), file),
        (Some(SourceLocation::Folder(path)), None) => PinSource::Folder(paths::absolute(&path, dir)),
        (Some(SourceLocation::Folder(_)), Some(_)) => {
            return Err(source.error("a folder has no `file`", Some(span)));
        }
        (_, None) => return Err(source.error("`file` and `sha256` are missing", Some(span))),
    };
    let built = package.built.map(|built| {
        let filename = plain(built.file, &span, source)?;
        Ok::<_, Error>(PinnedFile { filename, size: built.size, sha256: sha256(&built.sha256, source)? })
    });
    let mut dependencies = package
        .dependencies
        .iter()
        .map(|text| {
            dependency(text.get_ref()).filter(|dependency| known.contains(&dependency.name)).ok_or_else(
                || {
                    let message = format!("`{}` is not a package of this bundle", text.get_ref());
                    source.error(&message, Some(text.span()))
                },
            )
        })
        .collect::<Result<Vec<_>>>()?;
    dependencies.sort();
    Ok(Pin {
        name: package.name.into_inner(),
        version: package.version,
        source: place,
        built: built.transpose()?,
        dependencies,
        declared: None,
    })
}

/// Parses `name` or `name[extra,other]`.
fn dependency(text: &str) -> Option<Dependency> {
    let (name, extras) = match text.strip_suffix(']') {
        None => (text, ""),
        Some(head) => head.split_once('[')?,
    };
    let extras = extras.split(',').filter(|extra| !extra.is_empty());
    let mut extras = extras.map(|extra| ExtraName::new(extra.to_owned()).ok()).collect::<Option<Vec<_>>>()?;
    extras.sort();
    Some(Dependency { name: PackageName::new(name.to_owned()).ok()?, extras })
}

/// Checks that a name is a plain file name, because it will be joined to folders.
fn plain(filename: String, span: &Range<usize>, source: &SourceText<'_>) -> Result<String> {
    if filename.is_empty() || filename.starts_with('.') || filename.contains(['/', '\\']) {
        return Err(source.error(&format!("`{filename}` is not the name of a file"), Some(span.clone())));
    }
    Ok(filename)
}

fn sha256(text: &Spanned<String>, source: &SourceText<'_>) -> Result<String> {
    if digest::is_sha256(text.get_ref()) {
        return Ok(text.get_ref().clone());
    }
    let message = format!("`{}` is not a SHA-256 in lower-case hex", text.get_ref());
    Err(source.error(&message, Some(text.span())))
}

/// Returns the first line with a conflict marker of git.
fn conflict(text: &str) -> Option<usize> {
    let mark = |line: &str| {
        ["<<<<<<< ", ">>>>>>> ", "||||||| "].iter().any(|mark| line.starts_with(mark)) || line == "======="
    };
    text.lines().position(mark).map(|at| at + 1)
}

impl SourceText<'_> {
    fn name(&self) -> String {
        declare::shown(self.path)
    }

    fn error(&self, message: &str, span: Option<Range<usize>>) -> Error {
        let name = self.name();
        let place = span.map_or_else(String::new, |span| {
            format!(" ({})", declare::place_of(&name, self.text, span.start))
        });
        Error::new(format!("`{name}` is broken: {}{place}", message.trim())).help(HELP)
    }
}
