//! `pylock.toml` (PEP 751): packages that another tool has locked, with the hashes of their files.
//!
//! Markers are evaluated for the guest. The remaining packages become exact pins, whose files must be among the listed
//! ones; the configured index provides these files.

use std::path::Path;

use pep508_rs::MarkerTree;
use serde::Deserialize;
use toml::Spanned;

use super::contents::{ImportedContents, ImportedItem};
use super::keys::ImportKeys;
use crate::bounds;
use crate::declare::item::{name_of, path_item};
use crate::declare::source::TomlFile;
use crate::declare::spec::Spec;
use crate::error::{Error, Result};
use crate::wheel::guest;

/// The fields that eryx uses. The file may have more.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Pylock {
    lock_version: String,
    #[serde(default)]
    environments: Vec<String>,
    requires_python: Option<String>,
    #[serde(default)]
    extras: Vec<String>,
    #[serde(default)]
    dependency_groups: Vec<String>,
    #[serde(default)]
    default_groups: Vec<String>,
    #[serde(default)]
    packages: Vec<PylockPackage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PylockPackage {
    name: Spanned<String>,
    version: Option<String>,
    marker: Option<String>,
    requires_python: Option<String>,
    vcs: Option<toml::Table>,
    directory: Option<ArtifactLocation>,
    archive: Option<ArtifactLocation>,
    sdist: Option<ArtifactLocation>,
    #[serde(default)]
    wheels: Vec<ArtifactLocation>,
}

#[derive(Deserialize)]
struct ArtifactLocation {
    path: Option<String>,
    url: Option<String>,
    subdirectory: Option<String>,
    #[serde(default)]
    hashes: std::collections::BTreeMap<String, String>,
}

impl ArtifactLocation {
    fn sha256(&self) -> Option<String> {
        self.hashes.get("sha256").map(|hash| hash.to_ascii_lowercase())
    }
}

/// Reads the packages for the guest.
pub(super) fn read(path: &Path, spec: &Spec, keys: &ImportKeys) -> Result<ImportedContents> {
    let file = TomlFile::read_within(path, bounds::PYLOCK_BYTES)?;
    let name = file.name();
    let lock: Pylock = file.parse()?;
    if lock.lock_version.split('.').next() != Some("1") {
        return Err(Error::new(format!(
            "`{name}` has lock-version {}, and eryx knows version 1",
            lock.lock_version
        ))
        .help("export it anew as version 1.0"));
    }
    let for_us = |marker: &String| holds(marker, &lock, keys).map_err(|error| error.at(name));
    let environments = lock.environments.iter().map(for_us).collect::<Result<Vec<bool>>>()?;
    if !environments.is_empty() && !environments.contains(&true) {
        return Err(Error::new(format!(
            "`{name}` is not for the sandbox: {}",
            lock.environments.join(" or ")
        ))
        .help("lock for all platforms; in the sandbox sys_platform is 'wasi', platform_machine 'wasm32'"));
    }
    check_python(name, lock.requires_python.as_deref())?;
    select(&lock.extras, &keys.extras, "extra", name)?;
    select(&lock.dependency_groups, &keys.groups, "group", name)?;

    let dir = path.parent().unwrap_or(Path::new("."));
    let mut found = ImportedContents { files: vec![path.to_owned()], ..ImportedContents::default() };
    for package in &lock.packages {
        let place = file.place(package.name.span().start);
        let item = item(package, &lock, keys, |path| path_item(path, dir, &spec.base_dir));
        let Some((text, hashes)) = item.map_err(|error| error.at(&place))? else { continue };
        let same = |other: &&ImportedItem| name_of(&other.text) == name_of(&text);
        if let Some(other) = found.items.iter().find(same) {
            return Err(
                Error::new(format!("both `{}` and `{text}` are for the sandbox", other.text)).at(&place)
            );
        }
        found.items.push(ImportedItem { text, place, hashes });
    }
    Ok(found)
}

/// Returns a package as a requirement with hashes; `None` if it is for other environments.
fn item(
    package: &PylockPackage,
    lock: &Pylock,
    keys: &ImportKeys,
    local: impl Fn(&str) -> String,
) -> Result<Option<(String, Vec<String>)>> {
    let name = package.name.get_ref();
    if let Some(marker) = &package.marker
        && !holds(marker, lock, keys)?
    {
        return Ok(None);
    }
    check_python(name, package.requires_python.as_deref())?;
    if package.vcs.is_some() {
        return Err(Error::new(format!("{name} comes from version control, which eryx does not fetch"))
            .help("name a released version, or the path of a checkout"));
    }
    if let Some(place) = package.directory.as_ref().or(package.archive.as_ref()) {
        if place.subdirectory.is_some() {
            return Err(Error::new(format!(
                "{name} is in a subdirectory of its source, which eryx does not support"
            )));
        }
        let target = match (&place.path, &place.url) {
            (Some(path), _) => local(path),
            (None, Some(url)) => url.clone(),
            (None, None) => return Err(Error::new(format!("{name} has neither path nor URL"))),
        };
        return Ok(Some((format!("{name} @ {target}"), place.sha256().into_iter().collect())));
    }
    let Some(version) = &package.version else {
        return Err(Error::new(format!("{name} has no version")));
    };
    let hashes: Vec<String> =
        package.sdist.iter().chain(&package.wheels).filter_map(ArtifactLocation::sha256).collect();
    if hashes.is_empty() {
        return Err(Error::new(format!("{name} {version} has no file with a SHA-256")));
    }
    Ok(Some((format!("{name}=={version}"), hashes)))
}

fn check_python(what: &str, needs: Option<&str>) -> Result<()> {
    if guest::accepts(needs) {
        return Ok(());
    }
    let needs = needs.unwrap_or_default();
    Err(Error::new(format!(
        "`{what}` needs Python {needs}; the sandbox runs Python {}",
        guest::PYTHON_VERSION
    ))
    .help("lock for that Python too"))
}

/// Checks that the selected extras or groups exist.
fn select(known: &[String], wanted: &[String], what: &str, name: &str) -> Result<()> {
    match wanted.iter().find(|wanted| !known.contains(wanted)) {
        None => Ok(()),
        Some(wanted) => {
            Err(Error::new(format!("`{name}` has no {what} `{wanted}`")).help(if known.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has: {}", known.join(", "))
            }))
        }
    }
}

/// Evaluates a marker for the guest. Memberships such as `'dev' in dependency_groups`, which only this format has, are
/// replaced first.
fn holds(marker: &str, lock: &Pylock, keys: &ImportKeys) -> Result<bool> {
    const ALWAYS: &str = "python_version >= '3'";
    const NEVER: &str = "python_version < '3'";
    bounds::requirement(marker)?;
    let groups: Vec<&String> = lock.default_groups.iter().chain(&keys.groups).collect();
    let mut rest = marker;
    let mut decided = String::new();
    while let Some(at) = rest.find(['\'', '"']) {
        let (before, quoted) = rest.split_at(at);
        let quote = &quoted[..1];
        let Some((value, after)) = quoted[1..].split_once(quote) else { break };
        let words: Vec<&str> = after.split_whitespace().take(3).collect();
        let (negated, set, count) = match words[..] {
            ["in", set, ..] => (false, set, 2),
            ["not", "in", set] => (true, set, 3),
            _ => (false, "", 0),
        };
        let set = set.trim_end_matches(')');
        let member = match set {
            "extras" => Some(keys.extras.iter().any(|extra| extra == value)),
            "dependency_groups" => Some(groups.iter().any(|group| *group == value)),
            _ => None,
        };
        decided.push_str(before);
        if let Some(member) = member {
            decided.push_str(if member == negated { NEVER } else { ALWAYS });
            let mut tail = after;
            for word in &words[..count] {
                let word = if *word == words[count - 1] { set } else { word };
                tail = tail.trim_start().strip_prefix(word).unwrap_or(tail);
            }
            rest = tail;
        } else {
            decided.push_str(quote);
            decided.push_str(value);
            decided.push_str(quote);
            rest = after;
        }
    }
    decided.push_str(rest);
    let tree: MarkerTree = decided.parse().map_err(|error: pep508_rs::Pep508Error| {
        Error::new(format!("`{marker}` is not a marker: {}", error.message))
    })?;
    Ok(tree.evaluate(guest::markers(), &[]))
}
