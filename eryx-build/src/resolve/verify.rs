//! Whether the wheels at hand have everything they need.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::VersionSpecifiers;
use pep508_rs::{ExtraName, PackageName, Requirement, VersionOrUrl};
use url::Url;

use super::newest;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::wheel::{Wheel, guest};

/// Something that a wheel needs and does not have.
struct Lack<'a> {
    by: &'a Wheel,
    needs: Requirement<Url>,
    found: Option<&'a Wheel>,
}

/// Checks that every `Requires-Dist` of the wheels is met by one of them. Markers are compared with the guest;
/// extras count when a wheel asks another one for them.
///
/// # Errors
/// One error for everything that is missing, with the lines to add to `packages`. With an index at hand they name
/// the newest usable versions.
pub fn verify(wheels: &[Wheel], context: &Context) -> Result<()> {
    let by_name: BTreeMap<&PackageName, &Wheel> = wheels.iter().map(|wheel| (wheel.name(), wheel)).collect();
    let mut lacks: Vec<Lack<'_>> = Vec::new();
    // A wheel is looked at once without extras, and again whenever a new extra of it is asked for.
    let mut done: BTreeSet<(&PackageName, Option<ExtraName>)> = BTreeSet::new();
    let mut queue: Vec<(&Wheel, Option<ExtraName>)> =
        wheels.iter().rev().map(|wheel| (wheel, None)).collect();
    while let Some((wheel, extra)) = queue.pop() {
        if !done.insert((wheel.name(), extra.clone())) {
            continue;
        }
        for line in &wheel.metadata.requires_dist {
            let needs: Requirement<Url> = match line.parse() {
                Ok(needs) => needs,
                Err(error) => {
                    let error: pep508_rs::Pep508Error<Url> = error;
                    context.reporter.warn(&format!(
                        "{} has the broken dependency `{line}`: {}",
                        wheel.filename, error.message
                    ));
                    continue;
                }
            };
            let always = needs.marker.evaluate(guest::markers(), &[]);
            let active = match &extra {
                None => always,
                // What holds anyway was looked at without the extra.
                Some(extra) => {
                    !always && needs.marker.evaluate(guest::markers(), std::slice::from_ref(extra))
                }
            };
            if !active {
                continue;
            }
            let found = by_name.get(&needs.name).copied();
            let fits = found.is_some_and(|found| match &needs.version_or_url {
                Some(VersionOrUrl::VersionSpecifier(specifiers)) => specifiers.contains(found.version()),
                Some(VersionOrUrl::Url(_)) | None => true,
            });
            match found {
                Some(found) if fits => {
                    queue.extend(needs.extras.iter().map(|extra| (found, Some(extra.clone()))));
                }
                _ => lacks.push(Lack { by: wheel, needs, found }),
            }
        }
    }
    if lacks.is_empty() { Ok(()) } else { Err(explain(&lacks, context)) }
}

fn explain(lacks: &[Lack<'_>], context: &Context) -> Error {
    let mut sentences: Vec<String> = Vec::new();
    let mut specifiers: BTreeMap<&PackageName, (Vec<pep440_rs::VersionSpecifier>, bool)> = BTreeMap::new();
    for Lack { by, needs, found } in lacks {
        let (versions, list) = match &needs.version_or_url {
            Some(VersionOrUrl::VersionSpecifier(list)) => (list.to_string().replace(' ', ""), list.to_vec()),
            _ => (String::new(), Vec::new()),
        };
        let ending = match found {
            None => "which is not in `packages`".to_owned(),
            Some(found) => format!("but `packages` has {} {}", found.name(), found.version()),
        };
        let sentence = format!("{} {} needs {}{versions}, {ending}", by.name(), by.version(), needs.name);
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
        let entry = specifiers.entry(&needs.name).or_default();
        entry.0.extend(list);
        entry.1 |= found.is_some();
    }
    let (mut add, mut change) = (Vec::new(), Vec::new());
    for (name, (list, present)) in specifiers {
        let version = newest(name, &VersionSpecifiers::from_iter(list), context);
        let line = format!(
            "\"{name}=={}\"",
            version.map_or_else(|| "VERSION".to_owned(), |version| version.to_string())
        );
        if present { change.push(line) } else { add.push(line) }
    }
    let mut help = Vec::new();
    if !add.is_empty() {
        help.push(format!("add to `packages`: {}", add.join(", ")));
    }
    if !change.is_empty() {
        help.push(format!("change in `packages`: {}", change.join(", ")));
    }
    let message = if sentences.len() == 1 {
        sentences.remove(0)
    } else {
        format!("some packages lack what they need:\n  {}", sentences.join("\n  "))
    };
    Error::new(message).help(help.join("\n")).blame("packages", lacks[0].by.declared)
}
