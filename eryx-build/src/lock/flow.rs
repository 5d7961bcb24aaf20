//! Decides whether the lock is used as it is, renewed, or refused.

use super::changes::Change;
use super::declared_lock::{DeclaredLock, LockedPins, choose};
use super::lock_file::LockFile;
use super::upgrade::Upgrade;
use crate::context::BuildContext;
use crate::declare::Spec;
use crate::error::Result;
use crate::pin::Pin;

/// A build's use of the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Uses the lock if it matches the declaration; else renews it, keeping the versions that still fit.
    #[default]
    Update,
    /// Uses the lock, or fails if it is not up to date.
    Locked,
    /// Neither reads nor writes a lock: for bundles without a declaration on disk.
    Ignore,
}

/// The result of an update, or of its preview.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Update {
    /// The pins afterwards, sorted by name.
    pub pins: Vec<Pin>,
    /// The changes, by package.
    pub changes: Vec<Change>,
    /// Whether the file's text changed, or would change.
    pub stale: bool,
}

/// Returns the pins for a build.
///
/// # Errors
/// When the lock is broken; when it is not up to date and the policy is [`Policy::Locked`]; or when renewing it fails.
/// If the lock cannot be written, because the folder is read-only or belongs to cargo, this is not an error: the build
/// uses the new pins, and a warning reports the problem.
pub fn pins(spec: &Spec, policy: Policy, context: &BuildContext) -> Result<LockedPins> {
    let context = &context.for_spec(spec);
    if policy == Policy::Ignore || spec.packages.is_empty() {
        return Ok(LockedPins { pins: choose(spec, &[], context)?, path: None });
    }
    let door = DeclaredLock::new(spec, context);
    let lock = LockFile::read(&door.path)?;
    let reasons = door.reasons(&lock);
    if reasons.is_empty() {
        return Ok(door.locked(&lock));
    }
    if policy == Policy::Locked {
        return Err(door.not_current(&reasons));
    }
    // Waits while another process renews a lock in this folder, which may do the same work.
    let _alone = door.alone()?;
    let mut lock = LockFile::read(&door.path)?;
    if door.reasons(&lock).is_empty() {
        return Ok(door.locked(&lock));
    }
    tracing::info!(path = %door.path.display(), ?reasons, "renewing the lock");
    let section = door.renew(&lock, &Upgrade::Nothing)?;
    let pins = section.pins.clone();
    lock.sections.insert(door.name.clone(), section);
    Ok(LockedPins { pins, path: door.save_if_possible(&lock)? })
}

/// Renews the lock of the declared bundle, as `cargo eryx lock` does. Without `write`, only returns the changes.
///
/// # Errors
/// When the lock is broken, a package to upgrade is not in it, resolving fails, or the file cannot be written. The file
/// is then unchanged.
pub fn update(spec: &Spec, upgrade: &Upgrade, write: bool, context: &BuildContext) -> Result<Update> {
    let context = &context.for_spec(spec);
    let door = DeclaredLock::new(spec, context);
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
