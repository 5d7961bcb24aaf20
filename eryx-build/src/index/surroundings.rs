//! The environment of a process, as the source of settings.

use std::path::{Path, PathBuf};

/// The source of settings. Tests create their own.
pub(crate) struct Surroundings<'a> {
    /// Returns an environment variable that is set and not empty.
    pub(crate) var: &'a dyn Fn(&str) -> Option<String>,
    /// Folder of the project, where the search for uv's configuration begins.
    pub(crate) project: Option<&'a Path>,
    /// The folder to use as `/`.
    pub(crate) root: &'a Path,
}

/// Runs `f` with the surroundings of this process.
pub(crate) fn real<T>(project: Option<&Path>, f: impl FnOnce(&Surroundings<'_>) -> T) -> T {
    let var = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    f(&Surroundings { var: &var, project, root: Path::new("/") })
}

/// Returns the user's home folder.
pub(super) fn home(around: &Surroundings<'_>) -> Option<PathBuf> {
    (around.var)("HOME").map(PathBuf::from)
}

/// Returns the user's configuration folder.
pub(super) fn config_home(around: &Surroundings<'_>) -> Option<PathBuf> {
    (around.var)("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| home(around).map(|home| home.join(".config")))
}
