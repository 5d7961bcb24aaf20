//! **resolve**: from what is declared to exactly which files are installed.
//!
//! Today every requirement must be an exact pin (`name==version`) or the path of a wheel: [`resolve`] looks up
//! which file that pin stands for, and [`verify`] says, once the wheels are here, which pins are missing. The real
//! resolver (pubgrub over the index's metadata) takes the seat of `resolve`: it too turns a [`Spec`] into [`Pin`]s,
//! only that it finds versions and adds dependencies by itself. Nothing after this step can tell the difference.
//!
//! What a pin stands for on an index is noted in the cache once its file was fetched, so a second build asks
//! nobody.

mod build;
mod choose;
mod pin;
mod requirement;
mod verify;

use std::path::PathBuf;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::PackageName;

pub use self::build::{SourceBuilder, SourceTree};
pub use self::pin::{Dependency, File, Pin, Source};
use self::requirement::Requirement;
pub use self::verify::verify;
use crate::context::Context;
use crate::declare::Spec;
use crate::digest;
use crate::error::{Context as _, Error, Result};
use crate::parallel;
use crate::wheel::{WheelName, guest};

impl Pin {
    /// The name under which the cache notes which file the pin stands for.
    pub(crate) fn note_name(&self) -> String {
        note_name(&self.name, &self.version)
    }
}

/// Decides which files the declaration stands for, in the order of the declaration. `preferences` are the pins of an
/// earlier time, which are kept where they still fit.
///
/// # Errors
/// When an item of `packages` is not an exact pin or a wheel, when two of them are about one distribution, when
/// the index has no usable file for a pin, or cannot be asked. The error's [`blamed`](Error::blamed) is the item.
pub fn resolve(
    spec: &Spec,
    _preferences: &[Pin],
    _builder: &dyn SourceBuilder,
    context: &Context,
) -> Result<Vec<Pin>> {
    let mut wanted: Vec<(usize, Requirement)> = Vec::new();
    for (index, text) in spec.packages.iter().enumerate() {
        let requirement = Requirement::parse(text, &spec.base_dir)
            .map_err(|error| spec.placed(error, "packages", Some(index)))?;
        // Without one, the item's markers exclude the guest.
        wanted.extend(requirement.map(|requirement| (index, requirement)));
    }
    // What can be said without asking anybody is said first, and for the first item that deserves it.
    let mut seen: Vec<(PackageName, usize)> = Vec::new();
    let mut pins = Vec::new();
    for (index, requirement) in wanted {
        let pin = pin(&requirement, context).map_err(|error| spec.placed(error, "packages", Some(index)))?;
        if let Some((_, first)) = seen.iter().find(|(name, _)| *name == pin.0) {
            let (one, other) = (&spec.packages[*first], &spec.packages[index]);
            let error = Error::new(format!("{} is declared twice: as `{one}` and as `{other}`", pin.0))
                .help("keep one");
            return Err(spec.placed(error, "packages", Some(index)));
        }
        seen.push((pin.0.clone(), index));
        pins.push((index, pin));
    }
    parallel::map(&pins, |(index, (name, version, path))| {
        let source = match path {
            Some(path) => Source::Path(
                path.clone(),
                local(path).map_err(|error| spec.placed(error, "packages", Some(*index)))?,
            ),
            None => Source::Index(
                file_for(name, version, context)
                    .map_err(|error| spec.placed(error, "packages", Some(*index)))?,
            ),
        };
        Ok(Pin {
            name: name.clone(),
            version: version.clone(),
            source,
            built: None,
            dependencies: Vec::new(),
            declared: Some(*index),
        })
    })
}

/// A file on this machine, hashed.
fn local(path: &std::path::Path) -> Result<File> {
    let filename = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let file = fs_err::File::open(path)
        .context(|| format!("cannot open the wheel `{filename}`"))
        .map_err(|error| error.help("check the path; it starts at the folder of the declaration"))?;
    let (sha256, size) = digest::sha256_of(file).context(|| format!("cannot read `{}`", path.display()))?;
    Ok(File { filename, size: Some(size), sha256 })
}

/// Name, version, and path if it is a wheel here, of a requirement that is exact.
fn pin(requirement: &Requirement, context: &Context) -> Result<(PackageName, Version, Option<PathBuf>)> {
    match requirement {
        Requirement::Local { name, path } => {
            let filename: WheelName = path.file_name().unwrap_or_default().to_string_lossy().parse()?;
            if let Some(name) = name.as_ref().filter(|name| **name != filename.name) {
                return Err(Error::new(format!(
                    "`{filename}` is a wheel of {}, not of {name}",
                    filename.name
                )));
            }
            Ok((filename.name.clone(), filename.version, Some(path.clone())))
        }
        Requirement::Named { name, specifiers } => {
            if let Some(version) = requirement::exact(specifiers) {
                return Ok((name.clone(), version.clone(), None));
            }
            let error = Error::new(if specifiers.is_empty() {
                format!("`{name}` has no version pin")
            } else {
                format!("`{name}{specifiers}` is not an exact pin")
            });
            Err(error.help(match newest(name, specifiers, context) {
                Some(version) => format!("write \"{name}=={version}\""),
                None => format!("write \"{name}==VERSION\" with the version you want"),
            }))
        }
    }
}

/// The file that a pin stands for: as noted, else as the index says.
fn file_for(name: &PackageName, version: &Version, context: &Context) -> Result<File> {
    let noted = context.cache.note(&context.index_id()?, &note_name(name, version));
    if let Some(file) = noted.and_then(|bytes| serde_json::from_slice::<File>(&bytes).ok())
        && digest::is_sha256(&file.sha256)
        && file.filename.parse::<WheelName>().is_ok()
    {
        return Ok(file);
    }
    if context.offline {
        return Err(Error::new(format!(
            "no wheel of {name} {version} is in the cache, and the build is offline"
        ))
        .help("run once without --offline (and without CARGO_NET_OFFLINE) to fetch it"));
    }
    let files = context.client()?.project(name.as_ref())?;
    let file = choose::of_version(name, version, &files)?;
    if let Some(reason) = &file.yanked {
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        context.reporter.warn(&format!("{name} {version} was withdrawn by its authors{reason}"));
    }
    let sha256 = file.sha256.clone().ok_or_else(|| Error::new(format!("`{}` has no hash", file.filename)))?;
    Ok(File { filename: file.filename.clone(), size: file.size, sha256 })
}

/// For help texts: the newest version that fits and can be used. `None` when there is none, or nobody to ask.
fn newest(name: &PackageName, fits: &VersionSpecifiers, context: &Context) -> Option<Version> {
    let files = context.client().and_then(|client| client.project(name.as_ref())).ok()?;
    choose::newest(name, fits, &files)
}

fn note_name(name: &PackageName, version: &Version) -> String {
    format!("cp3{}-{name}-{version}", guest::PYTHON_MINOR)
}

#[cfg(test)]
mod tests;
