//! `cargo eryx add` and `remove`: change the declaration and the lock together, or neither.

use pep508_rs::{PackageName, VersionOrUrl};
use url::Url;

use super::changes::Change;
use super::declared_lock::DeclaredLock;
use super::flow::Update;
use super::inputs::LockInputs;
use super::lock_file::{LockFile, path_in};
use super::section::Section;
use super::upgrade::Upgrade;
use crate::context::BuildContext;
use crate::declare::{Editor, Spec, name_of, suggest};
use crate::error::{Error, Result};
use crate::pin::{Pin, PinSource};

/// The result of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edit {
    /// The items that were added or removed, as written in the file.
    pub items: Vec<String>,
    /// The change of the lock.
    pub update: Update,
}

/// Adds requirements to a declaration, after resolving them together with the existing ones. A requirement without a
/// version gets the chosen version as its lower bound.
///
/// # Errors
/// When a package is already declared, resolving fails, or a file cannot be written. Files only change after all
/// requirements are resolved.
pub fn add(spec: &Spec, requirements: &[String], context: &BuildContext) -> Result<Edit> {
    let context = &context.for_spec(spec);
    let mut editor = Editor::open(&spec.base_dir)?;
    let mut wanted = spec.clone();
    let mut items: Vec<String> = Vec::new();
    for requirement in requirements {
        let name = name_of(requirement);
        let same = |item: &String| item == requirement || (name.is_some() && name_of(item) == name);
        if let Some(at) = spec.packages.iter().position(same) {
            let place =
                spec.place("packages", Some(at)).map_or_else(String::new, |place| format!(" ({place})"));
            return Err(Error::new(format!("`{}` is declared already{place}", spec.packages[at]))
                .help("change it there, or `cargo eryx remove` it first"));
        }
        if items.iter().any(same) {
            return Err(Error::new(format!("`{requirement}` is given twice")));
        }
        items.push(requirement.trim().to_owned());
    }
    // Own items precede those of other files, as they will when the declaration is read again.
    wanted.insert_packages(&items);
    let resolved = resolve(&wanted, context)?;
    let mut bounded = spec.clone();
    for item in &mut items {
        *item = with_bound(item, &resolved.section.pins);
    }
    bounded.insert_packages(&items);
    for item in &items {
        editor.add(item)?;
    }
    resolved.finish(&bounded, &editor, items, context)
}

/// Removes packages from a declaration, by name.
///
/// # Errors
/// When a name is not an item of the declaration, resolving the rest fails, or a file cannot be written. Files only
/// change after resolving.
pub fn remove(spec: &Spec, names: &[String], context: &BuildContext) -> Result<Edit> {
    let context = &context.for_spec(spec);
    let mut editor = Editor::open(&spec.base_dir)?;
    let mut places = Vec::new();
    for text in names {
        let name = PackageName::new(text.clone()).ok();
        let same = |item: &&String| *item == text || (name.is_some() && name_of(item) == name);
        let found: Vec<usize> = (0..spec.packages.len()).filter(|at| same(&&spec.packages[*at])).collect();
        if found.is_empty() {
            return Err(not_declared(text, name.as_ref(), spec));
        }
        if let Some(at) = found.iter().find(|at| **at >= spec.own_packages().len()) {
            let place = spec.place("packages", Some(*at)).unwrap_or("another file");
            return Err(
                Error::new(format!("`{}` comes from {place}", spec.packages[*at])).help("remove it there")
            );
        }
        places.extend(found);
    }
    places.sort_unstable();
    places.dedup();
    let mut left = spec.clone();
    let mut items = Vec::new();
    // Backwards, so that the indices of earlier items stay valid.
    for at in places.into_iter().rev() {
        editor.remove(at)?;
        items.insert(0, left.remove_package(at));
    }
    let resolved = resolve(&left, context)?;
    resolved.finish(&left, &editor, items, context)
}

/// A section that is not written yet.
struct UnsavedSection {
    section: Section,
    old: Vec<Pin>,
}

fn resolve(spec: &Spec, context: &BuildContext) -> Result<UnsavedSection> {
    let door = DeclaredLock::new(spec, context);
    let lock = LockFile::read(&door.path)?;
    let old = lock.sections.get(&door.name).map(|section| section.pins.clone()).unwrap_or_default();
    Ok(UnsavedSection { section: door.renew(&lock, &Upgrade::Nothing)?, old })
}

impl UnsavedSection {
    fn finish(
        mut self,
        spec: &Spec,
        editor: &Editor,
        items: Vec<String>,
        context: &BuildContext,
    ) -> Result<Edit> {
        let door = DeclaredLock::new(spec, context);
        let _alone = door.alone()?;
        let mut lock = LockFile::read(&door.path)?;
        self.section.asked = LockInputs::of(spec);
        let changes = Change::between(&self.old, &self.section.pins);
        let pins = self.section.pins.clone();
        if spec.packages.is_empty() {
            lock.sections.remove(&door.name);
        } else {
            lock.sections.insert(door.name.clone(), self.section);
        }
        editor.save()?;
        let stale = door.write(&lock, true)?;
        Ok(Edit { items, update: Update { pins, changes, stale } })
    }
}

/// Adds the chosen version as a lower bound, if the requirement has neither a version nor a place.
fn with_bound(item: &str, pins: &[Pin]) -> String {
    let Ok(parsed) = item.parse::<pep508_rs::Requirement<Url>>() else { return item.to_owned() };
    let unbounded = match &parsed.version_or_url {
        None => true,
        Some(VersionOrUrl::VersionSpecifier(specifiers)) => specifiers.is_empty(),
        Some(VersionOrUrl::Url(_)) => false,
    };
    let pin = pins.iter().find(|pin| pin.name == parsed.name);
    let Some(pin) = pin.filter(|pin| unbounded && matches!(pin.source, PinSource::Index(_))) else {
        return item.to_owned();
    };
    let version = pin.version.clone().without_local();
    match item.split_once(';') {
        Some((head, marker)) => format!("{}>={version} ; {}", head.trim(), marker.trim()),
        None => format!("{}>={version}", item.trim()),
    }
}

fn not_declared(text: &str, name: Option<&PackageName>, spec: &Spec) -> Error {
    let error = Error::new(format!("`{text}` is not declared"));
    let lock = LockFile::read(&path_in(&spec.base_dir)).unwrap_or_default();
    let pins =
        lock.sections.get(&spec.bundle_name()).map(|section| section.pins.as_slice()).unwrap_or_default();
    let needs = |pin: &&Pin| pin.dependencies.iter().any(|dependency| Some(&dependency.name) == name);
    let by: Vec<&str> = pins.iter().filter(needs).map(|pin| pin.name.as_ref()).collect();
    if !by.is_empty() {
        return error.help(format!("it is a dependency of {}", by.join(", ")));
    }
    let names: Vec<String> =
        spec.own_packages().iter().filter_map(|item| Some(name_of(item)?.to_string())).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match suggest(text, &names) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.help("the declaration has no packages"),
        None => error.help(format!("the declared packages are: {}", names.join(", "))),
    }
}
