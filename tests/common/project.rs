//! A scratch project: files in a folder, and the programs that work on them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::wheel::Wheel;
use super::{Output, cargo, command, kit, plugin, repository, scratch};

/// The content of a build cache when the test begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    /// An empty cache.
    Empty,
    /// Only downloads, without build results.
    Fetched,
    /// All but finished bundles: a build needs no network and no bytecode of the standard library.
    Warm,
}

/// A user's project.
pub(crate) struct Project {
    dir: PathBuf,
    cache: Option<PathBuf>,
    variables: Vec<(String, String)>,
    /// Removes the folder when dropped.
    folder: Option<TempDir>,
}

impl Project {
    /// Creates an empty folder, removed with the value.
    pub(crate) fn new() -> Self {
        Self::below(scratch())
    }

    /// Creates it in the given folder, for example one that every user of the system can reach.
    pub(crate) fn below(folder: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("project-").tempdir_in(folder).unwrap();
        let dir = folder.path().join("project");
        fs::create_dir(&dir).unwrap();
        Self { dir, cache: None, variables: Vec::new(), folder: Some(folder) }
    }

    /// Creates a crate whose only dependency is `eryx`. Its folder stays, and has the same path in each run:
    /// cargo keeps compiled artifacts per path.
    pub(crate) fn package(name: &str) -> Self {
        let folder = scratch().join(name);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{}: {error}", folder.display()),
            _ => {}
        }
        let dir = folder.join("project");
        fs::create_dir_all(&dir).unwrap();
        // The same versions as in this repository, so that its compiled dependencies are used.
        fs::copy(repository().join("Cargo.lock"), dir.join("Cargo.lock")).unwrap();
        let project = Self { dir, cache: None, variables: Vec::new(), folder: None };
        let path = repository().display();
        project.file(
            "Cargo.toml",
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\neryx = {{ path = '{path}' }}\n\n[workspace]\n"
            ),
        )
    }

    /// Writes a file; replaces an existing one.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Declares a bundle.
    pub(crate) fn declare(self, toml: &str) -> Self {
        self.file("eryx.toml", toml)
    }

    /// Puts a wheel into the folder `wheels`.
    pub(crate) fn wheel(self, wheel: &Wheel) -> Self {
        self.file(&format!("wheels/{}", wheel.filename()), wheel.bytes())
    }

    /// Sets an environment variable for all commands.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.variables.push((name.to_owned(), value.as_ref().to_str().unwrap().to_owned()));
        self
    }

    /// Uses a separate build cache, instead of the user's.
    pub(crate) fn cache(mut self, holds: Cache) -> Self {
        let cache = self.dir.with_file_name("cache");
        fs::create_dir(&cache).unwrap();
        let parts: &[&str] = match holds {
            Cache::Empty => &[],
            Cache::Fetched => &["files", "keyed/base"],
            Cache::Warm => &["files", "keyed/base", "keyed/guest", "keyed/bytecode"],
        };
        if !parts.is_empty() {
            // Building the kit fills the user's cache.
            kit::bundle();
            let users = Output::of(plugin_command().args(["cache", "path"])).succeeded();
            for part in parts {
                link(&Path::new(users.stdout.trim_end()).join(part), &cache.join(part));
            }
        }
        self = self.env("ERYX_CACHE_DIR", &cache);
        self.cache = Some(cache);
        self
    }

    /// Returns a path in the project.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    /// Returns a path in the project's build cache.
    pub(crate) fn cache_path(&self, path: &str) -> PathBuf {
        self.cache.as_ref().expect("the project has a separate cache").join(path)
    }

    /// Runs `cargo eryx` with these arguments.
    pub(crate) fn plugin(&self, arguments: &[&str]) -> Output {
        let mut plugin = plugin_command();
        plugin.current_dir(&self.dir).env("CARGO_TARGET_DIR", super::target_dir());
        Output::of(plugin.args(arguments).envs(self.variables.iter().cloned()))
    }

    /// Returns a command in the project's folder, with its variables.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> std::process::Command {
        let mut command = command(program);
        command.current_dir(&self.dir).env("CARGO_TARGET_DIR", super::target_dir());
        command.envs(self.variables.iter().cloned());
        command
    }

    /// Runs cargo with these arguments. `embed!` finds the plugin, unless the project's variables say otherwise.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Output {
        let mut cargo = cargo(&self.dir);
        cargo.env("ERYX_CARGO_PLUGIN", plugin());
        Output::of(cargo.args(arguments).envs(self.variables.iter().cloned()))
    }

    /// Runs a binary that cargo built in release mode.
    pub(crate) fn binary(&self, name: &str) -> Output {
        let mut binary = command(super::target_dir().join("release").join(name));
        binary.env("ERYX_STORE_DIR", self.dir.with_file_name("store"));
        Output::of(&mut binary)
    }
}

/// Returns the plugin's command as cargo starts it.
pub(crate) fn plugin_command() -> std::process::Command {
    let mut plugin = command(plugin());
    plugin.arg("eryx");
    plugin
}

/// Copies a file or folder by links if the disk can do that. Files in a cache are never changed in place.
fn link(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for name in super::names(from) {
            link(&from.join(&name), &to.join(&name));
        }
    } else if fs::hard_link(from, to).is_err() {
        fs::copy(from, to).unwrap();
    }
}
