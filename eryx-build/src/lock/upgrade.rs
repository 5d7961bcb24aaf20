//! Which locked versions an update may leave.

use pep508_rs::PackageName;

use crate::declare;
use crate::error::{Error, Result};
use crate::pin::Pin;

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

/// The package that is to be upgraded, and the constraint if a version was named too.
pub(super) fn named(item: &str, old: &[Pin]) -> Result<(PackageName, Option<String>)> {
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
