//! One declaration and the lock beside it.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::inputs::LockInputs;
use super::lock_file::{LockFile, path_in};
use super::section::Section;
use super::upgrade::{self, Upgrade};
use super::write::save;
use super::{cargo_sources, local};
use crate::context::BuildContext;
use crate::declare::{self, Spec};
use crate::error::{Context as _, Error, Result};
use crate::fetch::fetch;
use crate::frontend::WheelBuilder;
use crate::paths;
use crate::pin::{Pin, PinSource, PinnedFile};
use crate::resolve::resolve;
use crate::sdist::SourceBuilder;
use crate::wheel::guest;

/// The pins of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedPins {
    /// One pin for each distribution, sorted by name.
    pub pins: Vec<Pin>,
    /// The lock file with these pins, if there is one.
    pub path: Option<PathBuf>,
}

/// One declaration and the lock beside it.
pub(super) struct DeclaredLock<'a> {
    spec: &'a Spec,
    context: &'a BuildContext,
    pub(super) path: PathBuf,
    pub(super) name: String,
    asked: LockInputs,
}

impl<'a> DeclaredLock<'a> {
    pub(super) fn new(spec: &'a Spec, context: &'a BuildContext) -> Self {
        let (path, asked) = (path_in(&spec.base_dir), LockInputs::of(spec));
        Self { name: spec.bundle_name(), spec, context, path, asked }
    }

    /// Takes the lock that keeps other processes from writing the same file.
    pub(super) fn alone(&self) -> Result<crate::cache::CacheLock> {
        let key = blake3::hash(self.path.as_os_str().as_encoded_bytes()).to_hex();
        self.context.cache.lock("lock", &key[..32])
    }

    /// Returns the reasons why the lock does not match the declaration; they complete «not up to date: …». Empty if it
    /// matches.
    pub(super) fn reasons(&self, lock: &LockFile) -> Vec<String> {
        let Some(section) = lock.sections.get(&self.name) else {
            return vec![if self.path.exists() {
                format!("it has no section for the bundle `{}`", self.name)
            } else {
                "it does not exist".to_owned()
            }];
        };
        let mut reasons = section.asked.differences(&self.asked);
        if section.python != guest::PYTHON_VERSION {
            reasons.push(format!("it is for Python {}, not {}", section.python, guest::PYTHON_VERSION));
        }
        for pin in &section.pins {
            let metadata = section.folders.get(&pin.name);
            reasons.extend(local::difference(pin, &self.spec.base_dir, metadata));
        }
        if let Err(error) = declare::check_hashes(self.spec, &section.pins) {
            reasons.push(error.to_string());
        }
        reasons
    }

    pub(super) fn not_current(&self, reasons: &[String]) -> Error {
        const SHOWN: usize = 5;
        let mut list = reasons.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        if reasons.len() > SHOWN {
            list += ", …";
        }
        let path = declare::shown(&self.path);
        Error::new(format!("`{path}` is not up to date, and --locked keeps it as it is: {list}"))
            .help("run `cargo eryx lock`, or leave out --locked")
    }

    pub(super) fn locked(&self, lock: &LockFile) -> LockedPins {
        let mut pins = lock.sections.get(&self.name).map(|section| section.pins.clone()).unwrap_or_default();
        mark_declared(&mut pins, self.spec);
        LockedPins { pins, path: Some(self.path.clone()) }
    }

    /// Resolves the declaration again.
    pub(super) fn renew(&self, lock: &LockFile, upgrade: &Upgrade) -> Result<Section> {
        let old = lock.sections.get(&self.name).map(|section| section.pins.as_slice()).unwrap_or_default();
        let mut spec = std::borrow::Cow::Borrowed(self.spec);
        let kept: Vec<Pin> = match upgrade {
            Upgrade::Nothing | Upgrade::Again => old.to_vec(),
            Upgrade::All => Vec::new(),
            Upgrade::Named(items) => {
                let mut names = Vec::new();
                for item in items {
                    let (name, constraint) = upgrade::named(item, old)?;
                    names.push(name);
                    spec.to_mut().constraints.extend(constraint);
                }
                old.iter().filter(|pin| !names.contains(&pin.name)).cloned().collect()
            }
        };
        let progress = self.context.reporter.begin("Locking", &self.name, None);
        let mut pins = choose(&spec, &kept, self.context)?;
        complete(&mut pins, old, &WheelBuilder::new(self.context), self.context)?;
        declare::check_hashes(self.spec, &pins)?;
        let folders = pins.iter().filter_map(|pin| match &pin.source {
            PinSource::Folder(path) => Some((pin.name.clone(), local::metadata_hash(path)?)),
            _ => None,
        });
        progress.finish(&match pins.len() {
            1 => "1 package".to_owned(),
            count => format!("{count} packages"),
        });
        Ok(Section {
            python: guest::PYTHON_VERSION.to_owned(),
            asked: self.asked.clone(),
            folders: folders.collect(),
            pins,
        })
    }

    /// Writes the file, or removes it if it is empty. Without `write`, only returns whether the file would change.
    pub(super) fn write(&self, lock: &LockFile, write: bool) -> Result<bool> {
        if lock.sections.is_empty() {
            let stale = self.path.exists();
            if stale && write {
                fs_err::remove_file(&self.path)
                    .context(|| "the lock is empty now, but its file cannot be removed")?;
            }
            return Ok(stale);
        }
        let text = lock.to_text(&self.spec.base_dir);
        let stale = fs_err::read(&self.path).map_or(true, |old| old != text.as_bytes());
        if write {
            lock.save(&self.path)?;
        }
        Ok(stale)
    }

    /// Writes the lock and returns its path; `None` if the file cannot be written.
    pub(super) fn save_if_possible(&self, lock: &LockFile) -> Result<Option<PathBuf>> {
        let path = declare::shown(&self.path);
        if cargo_sources::is_cargos(&self.spec.base_dir) {
            self.context.reporter.warn(&format!(
                "`{path}` is not written, because cargo fetched the crate; \
                 each build resolves its packages again until its authors add the file"
            ));
            return Ok(None);
        }
        match save(lock, &self.path) {
            Ok(()) => Ok(Some(self.path.clone())),
            Err(error)
                if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
            {
                self.context.reporter.warn(&format!(
                    "`{path}` cannot be written ({error}); until it can, each build resolves the packages again"
                ));
                Ok(None)
            }
            Err(error) => Err(error).context(|| format!("cannot write `{path}`")),
        }
    }
}

/// Resolves the declaration, and returns the pins in the lock's order.
pub(super) fn choose(spec: &Spec, preferences: &[Pin], context: &BuildContext) -> Result<Vec<Pin>> {
    let mut spec = std::borrow::Cow::Borrowed(spec);
    if context.prereleases && !spec.prereleases {
        spec.to_mut().prereleases = true;
    }
    let mut pins = resolve(&spec, preferences, &WheelBuilder::new(context), context)?;
    pins.sort_by(|one, other| one.name.cmp(&other.name));
    // The resolver may return dependencies in any order.
    for pin in &mut pins {
        pin.dependencies.sort();
        if let PinSource::Path(path, _) | PinSource::Folder(path) = &mut pin.source {
            *path = paths::normal(path);
        }
    }
    Ok(pins)
}

/// Records the wheels that were built from sdists. Wheels of folders are left out, because they change with every edit.
fn complete(
    pins: &mut [Pin],
    old: &[Pin],
    builder: &dyn SourceBuilder,
    context: &BuildContext,
) -> Result<()> {
    let mut missing = Vec::new();
    for (at, pin) in pins.iter_mut().enumerate() {
        if matches!(pin.source, PinSource::Folder(_)) || pin.source.is_wheel() {
            pin.built = None;
        } else if pin.built.is_none() {
            let known = old.iter().find(|old| old.name == pin.name && old.source == pin.source);
            pin.built = known.and_then(|known| known.built.clone());
            if pin.built.is_none() {
                missing.push((at, pin.clone()));
            }
        }
    }
    let (places, wanted): (Vec<usize>, Vec<Pin>) = missing.into_iter().unzip();
    for (at, wheel) in places.into_iter().zip(fetch(&wanted, builder, context)?) {
        let filename = wheel.filename.to_string();
        pins[at].built = Some(PinnedFile { filename, size: Some(wheel.size), sha256: wheel.sha256 });
    }
    Ok(())
}

/// Records, for each pin, the item of the declaration that required it.
fn mark_declared(pins: &mut [Pin], spec: &Spec) {
    for (index, text) in spec.packages.iter().enumerate() {
        let name = declare::name_of(text);
        let path = || paths::normal(&spec.base_dir.join(declare::path_of(text)));
        let asked_for = |pin: &Pin| match (&name, &pin.source) {
            (Some(name), _) => pin.name == *name,
            (None, PinSource::Path(place, _) | PinSource::Folder(place)) => *place == path(),
            (None, _) => false,
        };
        if let Some(pin) = pins.iter_mut().find(|pin| asked_for(pin)) {
            pin.declared.get_or_insert(index);
        }
    }
}
