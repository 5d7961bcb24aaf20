//! Checks whether pins still satisfy the declaration, without asking an index.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pep508_rs::PackageName;

use super::items::{constraints, items};
use super::ranges;
use super::requirement::{Requirement, RequirementTarget};
use crate::declare::Spec;
use crate::error::Result;
use crate::pin::{Pin, PinSource, PinnedFile};

/// The reason why pins do not satisfy the declaration any more. The text completes «the lock is out of date: …».
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StalePins {
    reason: String,
    item: Option<usize>,
}

impl StalePins {
    fn new(reason: String, item: Option<usize>) -> Self {
        Self { reason, item }
    }

    /// Returns the item of `packages` that no pin satisfies.
    pub fn item(&self) -> Option<usize> {
        self.item
    }
}

impl fmt::Display for StalePins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// Checks whether pins satisfy the declaration. Each requirement and each dependency needs a pin with an allowed
/// version and source. Each pin must be needed. Files on this machine must be unchanged.
///
/// Pins do not record the extras of the requirements they were made for. So keep the text of the requirements together
/// with the pins, and compare that too.
///
/// # Errors
/// The outer error: an item is not a requirement. The inner error: the pins are out of date.
pub fn check(spec: &Spec, pins: &[Pin]) -> Result<Result<(), StalePins>> {
    let by_name: BTreeMap<&PackageName, &Pin> = pins.iter().map(|pin| (&pin.name, pin)).collect();
    let mut needed: BTreeSet<&PackageName> = BTreeSet::new();
    let mut queue: Vec<&Pin> = Vec::new();
    for (index, item) in items(spec)? {
        let text = &spec.packages[index];
        let pin = match answer(&item, pins) {
            Ok(pin) => pin,
            Err(reason) => return Ok(Err(StalePins::new(format!("`{text}` {reason}"), Some(index)))),
        };
        if needed.insert(&pin.name) {
            queue.push(pin);
        }
    }
    for (name, range) in constraints(spec)? {
        if let Some(pin) = by_name.get(&name).filter(|pin| !range.contains(&pin.version)) {
            let range = ranges::words(&range);
            let reason = format!("{name} {} is locked, and `constraints` has {name}{range}", pin.version);
            return Ok(Err(StalePins::new(reason, None)));
        }
    }
    while let Some(pin) = queue.pop() {
        for dependency in &pin.dependencies {
            let Some(next) = by_name.get(&dependency.name) else {
                let reason = format!("{} needs {dependency}, which is not locked", pin.name);
                return Ok(Err(StalePins::new(reason, None)));
            };
            if needed.insert(&next.name) {
                queue.push(next);
            }
        }
    }
    let unneeded = pins.iter().find(|pin| !needed.contains(&pin.name));
    Ok(match unneeded {
        Some(pin) => Err(StalePins::new(format!("{} is locked, but not needed", pin.name), None)),
        None => Ok(()),
    })
}

/// Returns the pin that satisfies an item, or the reason why no pin does.
fn answer<'p>(item: &Requirement, pins: &'p [Pin]) -> Result<&'p Pin, String> {
    let pin = match (&item.name, &item.what) {
        (Some(name), _) => pins.iter().find(|pin| pin.name == *name),
        (None, what) => pins.iter().find(|pin| is_from(pin, what)),
    };
    let pin = pin.ok_or_else(|| "is not locked".to_owned())?;
    match (&item.what, &pin.source) {
        // For a pin from a path or URL, another item gives the place.
        (RequirementTarget::Versions(specifiers), _)
            if ranges::of_specifiers(specifiers).contains(&pin.version) => {}
        (RequirementTarget::Versions(_), _) => {
            return Err(format!("does not take {} {}, which is locked", pin.name, pin.version));
        }
        (what, _) if !is_from(pin, what) => {
            return Err(format!("is locked from elsewhere ({})", shown(&pin.source)));
        }
        (_, PinSource::Path(path, file)) => {
            let found = PinnedFile::here(path).map_err(|error| format!("cannot be read: {error}"))?;
            if found.sha256 != file.sha256 {
                return Err("has changed since it was locked".to_owned());
            }
        }
        _ => {}
    }
    Ok(pin)
}

/// Whether a pin comes from the place in a requirement.
fn is_from(pin: &Pin, what: &RequirementTarget) -> bool {
    match (what, &pin.source) {
        (RequirementTarget::Path(wanted), PinSource::Path(path, _) | PinSource::Folder(path)) => {
            wanted == path || wanted.canonicalize().is_ok_and(|wanted| wanted == *path)
        }
        (RequirementTarget::Url(wanted), PinSource::Url(url, _)) => {
            let mut wanted = wanted.clone();
            wanted.set_fragment(None);
            wanted == *url
        }
        _ => false,
    }
}

fn shown(source: &PinSource) -> String {
    match source {
        PinSource::Index(_) => "an index".to_owned(),
        PinSource::Url(url, _) => crate::index::url::redacted(url),
        PinSource::Path(path, _) | PinSource::Folder(path) => path.display().to_string(),
    }
}
