//! When the lock is taken as it is, when it is renewed, and when that is refused.

use std::io::ErrorKind;
use std::path::PathBuf;

use pep508_rs::PackageName;

use super::{Asked, Change, LockFile, Section, folder, local, write};
use crate::adapt::source::Builder;
use crate::context::Context;
use crate::declare::{self, Spec};
use crate::error::{Context as _, Error, Result};
use crate::fetch::fetch;
use crate::resolve::{File, Pin, Source, SourceBuilder, resolve};
use crate::wheel::guest;

/// What a build does with the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Takes it if it answers the declaration; else renews it, keeping the versions that still fit.
    #[default]
    Update,
    /// Takes it, or fails.
    Locked,
    /// Neither reads nor writes one: for bundles that no declaration on disk stands behind.
    Ignore,
}

/// Which of the locked versions may be left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Upgrade {
    /// None, and nothing is asked if the lock answers the declaration.
    #[default]
    Nothing,
    /// None, but the resolver is asked again.
    Again,
    /// Those of these packages: `name`, or `name==version` to say which one it shall be.
    Named(Vec<String>),
    /// All.
    All,
}

/// What a build goes on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// One for each distribution, sorted by name.
    pub pins: Vec<Pin>,
    /// The lock file, if there is one now that has these pins.
    pub path: Option<PathBuf>,
}

/// What an update did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Update {
    /// The pins afterwards, sorted by name.
    pub pins: Vec<Pin>,
    /// What became different, by package.
    pub changes: Vec<Change>,
    /// Whether the file's text is, or would be, another one.
    pub stale: bool,
}

/// The pins for a build.
///
/// # Errors
/// When the lock is broken; when it is not up to date and the policy is [`Policy::Locked`]; or when it has to be renewed
/// and that fails. A lock that cannot be written, because the folder is read-only or belongs to cargo, is no error: its
/// content is used, and a warning says so.
pub fn pins(spec: &Spec, policy: Policy, context: &Context) -> Result<Locked> {
    let context = &context.for_spec(spec);
    if policy == Policy::Ignore || spec.packages.is_empty() {
        return Ok(Locked { pins: choose(spec, &[], context)?, path: None });
    }
    let door = Door::new(spec, context);
    let lock = LockFile::read(&door.path)?;
    let reasons = door.reasons(&lock);
    if reasons.is_empty() {
        return Ok(door.locked(&lock));
    }
    if policy == Policy::Locked {
        return Err(door.not_current(&reasons));
    }
    // While others of this folder renew theirs, nothing can be done; and perhaps they do what is to be done here.
    let _alone = door.alone()?;
    let mut lock = LockFile::read(&door.path)?;
    if door.reasons(&lock).is_empty() {
        return Ok(door.locked(&lock));
    }
    tracing::info!(path = %door.path.display(), ?reasons, "renewing the lock");
    let section = door.renew(&lock, &Upgrade::Nothing)?;
    let pins = section.pins.clone();
    lock.sections.insert(door.name.clone(), section);
    Ok(Locked { pins, path: door.save_if_possible(&lock)? })
}

/// Renews the lock of the declared bundle, as `cargo eryx lock` does. Without `write`, only finds out what that would
/// change.
///
/// # Errors
/// When the lock is broken, a package to upgrade is not in it, resolving fails, or the file cannot be written. The file
/// is then as it was.
pub fn update(spec: &Spec, upgrade: &Upgrade, write: bool, context: &Context) -> Result<Update> {
    let context = &context.for_spec(spec);
    let door = Door::new(spec, context);
    let _alone = door.alone()?;
    let mut lock = LockFile::read(&door.path)?;
    let old_pins = lock.sections.get(&door.name).map(|section| section.pins.clone()).unwrap_or_default();
    let pins = if spec.packages.is_empty() {
        lock.sections.remove(&door.name);
        Vec::new()
    } else if *upgrade == Upgrade::Nothing && door.reasons(&lock).is_empty() {
        door.locked(&lock).pins
    } else {
        let section = door.renew(&lock, upgrade)?;
        let pins = section.pins.clone();
        lock.sections.insert(door.name.clone(), section);
        pins
    };
    let stale = door.write(&lock, write)?;
    Ok(Update { changes: Change::between(&old_pins, &pins), pins, stale })
}

/// One declaration and the lock beside it.
pub(super) struct Door<'a> {
    spec: &'a Spec,
    context: &'a Context,
    pub(super) path: PathBuf,
    pub(super) name: String,
    asked: Asked,
}

impl<'a> Door<'a> {
    pub(super) fn new(spec: &'a Spec, context: &'a Context) -> Self {
        let (path, asked) = (super::path_in(&spec.base_dir), Asked::of(spec));
        Self { name: spec.bundle_name(), spec, context, path, asked }
    }

    /// Keeps other processes from writing the same file.
    pub(super) fn alone(&self) -> Result<crate::cache::Lock> {
        let key = blake3::hash(self.path.as_os_str().as_encoded_bytes()).to_hex();
        self.context.cache.lock("lock", &key[..32])
    }

    /// Why the lock does not answer the declaration; completes «not up to date: …». Empty if it does.
    fn reasons(&self, lock: &LockFile) -> Vec<String> {
        let Some(section) = lock.sections.get(&self.name) else {
            return vec![if self.path.exists() {
                format!("it has nothing about the bundle `{}`", self.name)
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

    fn not_current(&self, reasons: &[String]) -> Error {
        const SHOWN: usize = 5;
        let mut list = reasons.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        if reasons.len() > SHOWN {
            list += ", …";
        }
        let path = declare::shown(&self.path);
        Error::new(format!("`{path}` is not up to date, and --locked keeps it as it is: {list}"))
            .help("run `cargo eryx lock`, or leave out --locked")
    }

    fn locked(&self, lock: &LockFile) -> Locked {
        let mut pins = lock.sections.get(&self.name).map(|section| section.pins.clone()).unwrap_or_default();
        mark_declared(&mut pins, self.spec);
        Locked { pins, path: Some(self.path.clone()) }
    }

    /// Asks the resolver.
    pub(super) fn renew(&self, lock: &LockFile, upgrade: &Upgrade) -> Result<Section> {
        let old = lock.sections.get(&self.name).map(|section| section.pins.as_slice()).unwrap_or_default();
        let mut spec = std::borrow::Cow::Borrowed(self.spec);
        let kept: Vec<Pin> = match upgrade {
            Upgrade::Nothing | Upgrade::Again => old.to_vec(),
            Upgrade::All => Vec::new(),
            Upgrade::Named(items) => {
                let mut names = Vec::new();
                for item in items {
                    let (name, constraint) = named(item, old)?;
                    names.push(name);
                    spec.to_mut().constraints.extend(constraint);
                }
                old.iter().filter(|pin| !names.contains(&pin.name)).cloned().collect()
            }
        };
        let progress = self.context.reporter.begin("Locking", &self.name, None);
        let mut pins = choose(&spec, &kept, self.context)?;
        complete(&mut pins, old, &Builder::new(self.context), self.context)?;
        declare::check_hashes(self.spec, &pins)?;
        let folders = pins.iter().filter_map(|pin| match &pin.source {
            Source::Folder(path) => Some((pin.name.clone(), local::metadata_hash(path)?)),
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

    /// Writes the file, or removes it if nothing is left in it, unless it only is to be said whether there is a
    /// difference.
    pub(super) fn write(&self, lock: &LockFile, write: bool) -> Result<bool> {
        if lock.sections.is_empty() {
            let stale = self.path.exists();
            if stale && write {
                fs_err::remove_file(&self.path).context(|| "nothing is left to lock, but the file stays")?;
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

    /// The path, if the file could be written.
    fn save_if_possible(&self, lock: &LockFile) -> Result<Option<PathBuf>> {
        let path = declare::shown(&self.path);
        if folder::is_cargos(&self.spec.base_dir) {
            self.context.reporter.warn(&format!(
                "`{path}` is not written, since the crate is one that cargo fetched; \
                 its packages are chosen anew at each build until its authors add the file"
            ));
            return Ok(None);
        }
        match write::save(lock, &self.path) {
            Ok(()) => Ok(Some(self.path.clone())),
            Err(error)
                if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
            {
                self.context.reporter.warn(&format!(
                    "`{path}` cannot be written ({error}); the packages are chosen anew at each build until it can"
                ));
                Ok(None)
            }
            Err(error) => Err(error).context(|| format!("cannot write `{path}`")),
        }
    }
}

/// The resolver's answer, in the lock's order.
fn choose(spec: &Spec, preferences: &[Pin], context: &Context) -> Result<Vec<Pin>> {
    let mut spec = std::borrow::Cow::Borrowed(spec);
    if context.prereleases && !spec.prereleases {
        spec.to_mut().prereleases = true;
    }
    let mut pins = resolve(&spec, preferences, &Builder::new(context), context)?;
    pins.sort_by(|one, other| one.name.cmp(&other.name));
    // A resolver may tell them in the order in which it found them.
    for pin in &mut pins {
        pin.dependencies.sort();
        if let Source::Path(path, _) | Source::Folder(path) = &mut pin.source {
            *path = folder::normal(path);
        }
    }
    Ok(pins)
}

/// Notes which wheels came of sdists. What comes of a folder changes with every line that is written there.
fn complete(pins: &mut [Pin], old: &[Pin], builder: &dyn SourceBuilder, context: &Context) -> Result<()> {
    let mut missing = Vec::new();
    for (at, pin) in pins.iter_mut().enumerate() {
        if matches!(pin.source, Source::Folder(_)) || pin.source.is_wheel() {
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
        pins[at].built = Some(File { filename, size: Some(wheel.size), sha256: wheel.sha256 });
    }
    Ok(())
}

/// Says of each pin which item of the declaration asked for it.
fn mark_declared(pins: &mut [Pin], spec: &Spec) {
    for (index, text) in spec.packages.iter().enumerate() {
        let name = declare::name_of(text);
        let path = || folder::normal(&spec.base_dir.join(declare::path_of(text)));
        let asked_for = |pin: &Pin| match (&name, &pin.source) {
            (Some(name), _) => pin.name == *name,
            (None, Source::Path(place, _) | Source::Folder(place)) => *place == path(),
            (None, _) => false,
        };
        if let Some(pin) = pins.iter_mut().find(|pin| asked_for(pin)) {
            pin.declared.get_or_insert(index);
        }
    }
}

/// The package that is to be upgraded, and the constraint if a version was named too.
fn named(item: &str, old: &[Pin]) -> Result<(PackageName, Option<String>)> {
    let name = declare::name_of(item).ok_or_else(|| {
        Error::new(format!("`{item}` is not a package to upgrade")).help("write NAME or NAME==VERSION")
    })?;
    if !old.iter().any(|pin| pin.name == name) {
        let names: Vec<&str> = old.iter().map(|pin| pin.name.as_ref()).collect();
        let error = Error::new(format!("{name} is not in the lock"));
        return Err(match declare::suggest(name.as_ref(), &names) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`cargo eryx tree` shows what is"),
        });
    }
    let bare = item.trim().chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.'));
    Ok((name, (!bare).then(|| item.trim().to_owned())))
}
