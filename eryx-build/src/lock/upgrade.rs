//! Locked versions that an update may change.

use pep508_rs::PackageName;

use crate::declare;
use crate::error::{Error, Result};
use crate::pin::Pin;

/// The locked versions that an update may change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Upgrade {
    /// No version. Without changes in the declaration, no index is asked.
    #[default]
    Nothing,
    /// No version, but the resolver runs again.
    Again,
    /// Those of these packages: `name`, or `name==version` to choose the new version.
    Named(Vec<String>),
    /// All.
    All,
}

/// Returns the package to upgrade, and a constraint if a version was given too.
pub(super) fn named(item: &str, old: &[Pin]) -> Result<(PackageName, Option<String>)> {
    let name = declare::name_of(item).ok_or_else(|| {
        Error::new(format!("`{item}` is not a package to upgrade")).help("write NAME or NAME==VERSION")
    })?;
    if !old.iter().any(|pin| pin.name == name) {
        let names: Vec<&str> = old.iter().map(|pin| pin.name.as_ref()).collect();
        let error = Error::new(format!("{name} is not in the lock"));
        return Err(match declare::suggest(name.as_ref(), &names) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`cargo eryx tree` lists the locked packages"),
        });
    }
    let bare = item.trim().chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.'));
    Ok((name, (!bare).then(|| item.trim().to_owned())))
}
