//! The surroundings of a process in which settings are looked for.

use std::path::{Path, PathBuf};

/// Where settings are looked for. Tests make their own.
pub(crate) struct Surroundings<'a> {
    /// An environment variable that is set and not empty.
    pub(crate) var: &'a dyn Fn(&str) -> Option<String>,
    /// Folder of the project, where the search for uv's configuration begins.
    pub(crate) project: Option<&'a Path>,
    /// Folder that stands for `/`.
    pub(crate) root: &'a Path,
}

/// Runs `f` with the surroundings of this process.
pub(crate) fn real<T>(project: Option<&Path>, f: impl FnOnce(&Surroundings<'_>) -> T) -> T {
    let var = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    f(&Surroundings { var: &var, project, root: Path::new("/") })
}

/// A file that says where its variable points, with `~` understood.
pub(super) fn home(around: &Surroundings<'_>) -> Option<PathBuf> {
    (around.var)("HOME").map(PathBuf::from)
}

/// The user's configuration folder.
pub(super) fn config_home(around: &Surroundings<'_>) -> Option<PathBuf> {
    (around.var)("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| home(around).map(|home| home.join(".config")))
}
