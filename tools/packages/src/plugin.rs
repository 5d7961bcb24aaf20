//! The plugin, used like a user does: a folder with an `eryx.toml`, and subcommands.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::process::{self, Finished};
use crate::{Result, data};

/// A `cargo-eryx` program with a separate build cache, so that earlier builds do not count.
#[derive(Debug)]
pub(crate) struct Plugin {
    program: PathBuf,
    cache: PathBuf,
    timeout: Duration,
}

/// The declaration of a scratch project.
#[derive(Debug, Serialize)]
pub(crate) struct Declaration {
    pub(crate) packages: Vec<String>,
    pub(crate) imports: Vec<String>,
    /// Folder of modules to embed, relative to the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) python: Option<String>,
}

/// A scratch project.
#[derive(Debug)]
pub(crate) struct Project<'a> {
    plugin: &'a Plugin,
    dir: PathBuf,
}

/// A built bundle.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// Wall time of the plugin's process, with downloads and cached steps as they were.
    pub(crate) wall: Duration,
    /// Whether the whole bundle came from the cache, so that `wall` is not a build time.
    pub(crate) fresh: bool,
    /// Size of the file in bytes.
    pub(crate) size: u64,
    pub(crate) python_version: String,
    pub(crate) eryx_version: String,
    /// The distributions in it, with the chosen versions.
    pub(crate) packages: Vec<Installed>,
}

/// A distribution in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Installed {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) kind: Kind,
}

/// The origin of a distribution in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// A wheel without native code.
    Pure,
    /// A wheel with native code for Emscripten, adapted.
    Pyemscripten,
    /// A wheel with native code for WASI.
    Wasi,
    /// A wheel that was built from an sdist in the sandbox.
    SdistBuilt,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pure => "pure",
            Self::Pyemscripten => "pyemscripten",
            Self::Wasi => "wasi",
            Self::SdistBuilt => "sdist-built",
        }
    }

    /// Derives the kind from the platform tag of the wheel.
    fn of_wheel(file: &str) -> Result<Self> {
        let platform = file.strip_suffix(".whl").and_then(|stem| stem.rsplit('-').next());
        match platform {
            Some("any") => Ok(Self::Pure),
            Some(tag) if tag.contains("pyemscripten") => Ok(Self::Pyemscripten),
            Some(tag) if tag.contains("wasi") => Ok(Self::Wasi),
            _ => Err(format!("`{file}` has a platform tag that is not known here").into()),
        }
    }
}

/// The reason for a missing bundle: the plugin's message, its causes, and the advised next step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) causes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.causes.iter().try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl Refusal {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
}

/// The lines of `bundle --message-format json`, with the fields used here.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    Bundle { fresh: bool, size: u64 },
    Error(Refusal),
}

/// One item of `inspect --json`.
#[derive(Debug, Deserialize)]
struct Contents {
    manifest: Manifest,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Manifest {
    eryx_version: String,
    python_version: String,
    packages: Vec<Wheel>,
}

#[derive(Debug, Deserialize)]
struct Wheel {
    name: String,
    version: String,
    file: String,
}

/// `eryx.lock`, with the fields used here.
#[derive(Debug, Deserialize)]
struct Lock {
    #[serde(default)]
    bundle: Vec<Section>,
}

#[derive(Debug, Deserialize)]
struct Section {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Debug, Deserialize)]
struct Locked {
    name: String,
    /// The wheel that was built from an sdist.
    built: Option<toml::Value>,
}

impl Plugin {
    /// Returns the given program, or the one that was built beside this one.
    pub(crate) fn find(given: Option<&Path>, work: &Path, timeout: Duration) -> Result<Self> {
        let program = match given {
            Some(program) => program.to_owned(),
            None => std::env::current_exe()?.with_file_name("cargo-eryx"),
        };
        if !program.is_file() {
            let program = program.display();
            return Err(
                format!("there is no plugin at {program}: cargo build --release -p cargo-eryx").into()
            );
        }
        let cache = std::path::absolute(work)?.join("cache");
        fs_err::create_dir_all(&cache)?;
        Ok(Self { program: std::path::absolute(program)?, cache, timeout })
    }

    /// Creates a project in a new folder.
    pub(crate) fn project(&self, dir: &Path, declaration: &Declaration) -> Result<Project<'_>> {
        if dir.exists() {
            fs_err::remove_dir_all(dir)?;
        }
        self.project_in(dir, declaration)
    }

    /// Creates a project in a folder that may already contain files.
    pub(crate) fn project_in(&self, dir: &Path, declaration: &Declaration) -> Result<Project<'_>> {
        data::write(&dir.join("eryx.toml"), &toml::to_string(declaration)?)?;
        Ok(Project { plugin: self, dir: dir.to_owned() })
    }
}

impl Project<'_> {
    /// Downloads the files for the bundle. An error here occurs again, and is reported, when bundling.
    pub(crate) fn fetch(&self) -> Result<()> {
        self.call(&["fetch"], self.plugin.timeout).map(drop)
    }

    /// Builds the bundle and inspects it.
    pub(crate) fn bundle(&self) -> Result<std::result::Result<Bundle, Refusal>> {
        let ended =
            self.call(&["bundle", "--message-format", "json", "-o", "app.eryx"], self.plugin.timeout)?;
        if ended.timed_out {
            return Ok(Err(Refusal::new(format!("bundling took more than {} s", ended.wall.as_secs()))));
        }
        let message = ended.stdout.lines().rev().find_map(|line| serde_json::from_str(line).ok());
        let (fresh, size) = match message {
            Some(Message::Bundle { fresh, size }) => (fresh, size),
            Some(Message::Error(refusal)) => return Ok(Err(refusal)),
            None => return Ok(Err(Refusal::new(format!("the plugin broke: {}", ended.reason())))),
        };
        let inspected = self.call(&["inspect", "--json", "app.eryx"], self.plugin.timeout)?;
        let lock = self.dir.join("eryx.lock");
        let lock = if lock.exists() { fs_err::read_to_string(&lock)? } else { String::new() };
        let contents: Vec<Contents> = serde_json::from_str(&inspected.stdout)
            .map_err(|error| format!("inspect: {error}: {}", inspected.reason()))?;
        let manifest = contents.into_iter().next().ok_or("inspect shows no bundle")?.manifest;
        Ok(Ok(Bundle {
            wall: ended.wall,
            fresh,
            size,
            packages: kinds(manifest.packages, &built_from_source(&lock)?)?,
            python_version: manifest.python_version,
            eryx_version: manifest.eryx_version,
        }))
    }

    /// Runs code in the bundle.
    pub(crate) fn run(&self, code: &str) -> Result<Finished> {
        let limit = self.plugin.timeout.as_secs().to_string();
        self.call(&["run", "--timeout", &limit, "-c", code], self.limit())
    }

    /// Runs a script of the host in the bundle.
    pub(crate) fn run_script(&self, script: &Path, arguments: &[&str]) -> Result<Finished> {
        let limit = self.plugin.timeout.as_secs().to_string();
        let script = script.to_str().ok_or("a path is not UTF-8")?;
        let mut all = vec!["run", "--timeout", &limit, script];
        all.extend(arguments);
        self.call(&all, self.limit())
    }

    /// Time limit in case the plugin fails to stop the code itself.
    fn limit(&self) -> Duration {
        self.plugin.timeout * 2
    }

    fn call(&self, arguments: &[&str], timeout: Duration) -> Result<Finished> {
        let mut command = Command::new(&self.plugin.program);
        command.arg("eryx").args(arguments).current_dir(&self.dir).env("ERYX_CACHE_DIR", &self.plugin.cache);
        process::run(&mut command, timeout)
    }
}

fn kinds(wheels: Vec<Wheel>, built: &[String]) -> Result<Vec<Installed>> {
    let kind = |wheel: &Wheel| {
        if built.contains(&wheel.name) { Ok(Kind::SdistBuilt) } else { Kind::of_wheel(&wheel.file) }
    };
    let installed = wheels
        .into_iter()
        .map(|wheel| Ok(Installed { kind: kind(&wheel)?, name: wheel.name, version: wheel.version }));
    installed.collect()
}

/// Returns the names of the distributions that have an entry `built` in the lock.
fn built_from_source(lock: &str) -> Result<Vec<String>> {
    let lock: Lock = toml::from_str(lock).map_err(|error| format!("eryx.lock: {error}"))?;
    let packages = lock.bundle.into_iter().flat_map(|bundle| bundle.package);
    Ok(packages.filter(|package| package.built.is_some()).map(|package| package.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_come_from_platform_tags_and_the_lock() {
        let wheel =
            |name: &str, file: &str| Wheel { name: name.into(), version: "1".into(), file: file.into() };
        let wheels = vec![
            wheel("a", "a-1-py3-none-any.whl"),
            wheel("b", "b-1-cp314-cp314-pyemscripten_2026_0_wasm32.whl"),
            wheel("c", "c-1-cp314-cp314-wasi_0_0_0_wasm32.whl"),
            wheel("d", "d-1-py3-none-any.whl"),
        ];
        let lock = "version = 1\n[[bundle]]\nname = 'x'\n[[bundle.package]]\nname = 'a'\nversion = '1'\n\
                    [[bundle.package]]\nname = 'd'\nbuilt = { file = 'x' }";
        let built = built_from_source(lock).unwrap();
        let words: Vec<_> = kinds(wheels, &built).unwrap().iter().map(|one| one.kind.word()).collect();
        assert_eq!(words, ["pure", "pyemscripten", "wasi", "sdist-built"]);
        assert!(kinds(vec![wheel("e", "e-1-cp314-cp314-linux_x86_64.whl")], &[]).is_err());
        assert_eq!(built_from_source("").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn messages_are_read_with_what_they_have_besides() {
        let text =
            r#"{"reason":"error","message":"no","causes":["x"],"help":"do","key":"packages","index":0}"#;
        let Message::Error(refusal) = serde_json::from_str(text).unwrap() else { panic!("no error") };
        assert_eq!(refusal.message, "no");
        assert_eq!((refusal.causes, refusal.help), (vec!["x".to_owned()], Some("do".to_owned())));
        let text = r#"{"reason":"bundle","path":"/a","id":"0","size":7,"fresh":true,"manifest":{}}"#;
        assert!(matches!(serde_json::from_str(text).unwrap(), Message::Bundle { fresh: true, size: 7 }));
    }

    #[test]
    fn manifests_are_read_from_what_inspect_prints() {
        let text = r#"[{"id":"7192","offset":0,"size":14,"manifest":{"eryx-version":"0.1.0","python-version":"3.14.0",
            "abi":"ca5f","imports":["a"],"packages":[{"name":"a","version":"0.10.0","file":"a-0.10.0-py3-none-any.whl",
            "size":39814,"sha256":"f0b0"}],"entropy":[]},"sections":[]}]"#;
        let contents: Vec<Contents> = serde_json::from_str(text).unwrap();
        let manifest = &contents[0].manifest;
        assert_eq!((&*manifest.eryx_version, &*manifest.python_version), ("0.1.0", "3.14.0"));
        assert_eq!(manifest.packages[0].file, "a-0.10.0-py3-none-any.whl");
    }

    #[test]
    fn declarations_are_toml_that_the_plugin_takes() {
        let declaration =
            Declaration { packages: vec!["a".into()], imports: vec![], python: Some("python".into()) };
        let text = toml::to_string(&declaration).unwrap();
        assert_eq!(text, "packages = [\"a\"]\nimports = []\npython = \"python\"\n");
    }
}
