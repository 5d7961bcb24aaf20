//! **declare**: what the user wants in the bundle, whatever the door it came through.
//!
//! A declaration is a handful of keys. They stand in a crate's `Cargo.toml` under `[package.metadata.eryx]`,
//! at the top of an `eryx.toml`, in a call of `embed!`, or in builder calls; all of them become one [`Spec`].
//!
//! | key | meaning |
//! | --- | --- |
//! | `name` | name of the bundle in `eryx.lock`; by default that of the crate |
//! | `packages` | requirements (PEP 508), or paths of wheels, sdists and source trees |
//! | `extras`, `groups` | what to take of the `pyproject.toml` or `pylock.toml` besides |
//! | `pylock` | a `pylock.toml` (PEP 751), whose packages are added to `packages`, pinned |
//! | `constraints` | requirements that narrow versions of what is needed anyway, and ask for nothing |
//! | `prereleases` | whether pre-releases are taken without being asked for |
//! | `exclude-newer` | a date or time; what was uploaded after it does not count |
//! | `index-url` | the package index to ask |
//! | `extra-index-urls` | indexes that are asked before it |
//! | `find-links` | folders and pages with wheels and sdists |
//! | `imports` | modules that are imported before the snapshot is taken |
//! | `python` | folder of the user's own modules, relative to the declaring file |
//! | `cpu` | CPU baseline: see [`Cpu`] |
//! | `fuel` | whether the code counts its instructions, so that they can be limited; it runs slower for it |
//! | `compression` | `"zstd"`, `"zstd-max"` (smaller, takes longer to build) or `"none"` |
//! | `stdlib` | parts of the standard library to keep that are [left out](crate::base::left_out) otherwise |
//! | `fuse` | whether core modules are fused to one; `true` unless there is trouble with it |
//! | `build-wall-time`, `build-cpu-time`, `build-memory` | what Python that the build runs may use: see [`Allowance`] |
//!
//! A key that is not in the table is an error: a misspelt `imports` must not silently cost the warm start.
//! Errors name the place (`Cargo.toml:12:1`) where there is one, and carry a [`Blame`](crate::error::Blame) for
//! callers, such as the macro, that know the places better.

mod compression;
mod cpu;
mod edit;
mod import;
mod item;
mod module_name;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use self::compression::Compression;
pub use self::cpu::Cpu;
pub use self::edit::Editor;
pub(crate) use self::import::check_hashes;
pub use self::import::path_item;
use self::import::{Imported, Keys};
pub(crate) use self::item::{name_of, path_of};
use self::source::{Entry, Item, Table, TomlFile, Value};
pub(crate) use self::source::{place_of, shown};
use crate::base::left_out;
use crate::bounds::{self, Allowance};
use crate::error::{Error, Result};
use crate::index::IndexUrl;
use crate::index::discover::Cutoff;

/// The keys of a declaration.
const KEYS: [&str; 23] = [
    "name",
    "packages",
    "requirements",
    "pyproject",
    "extras",
    "groups",
    "pylock",
    "constraints",
    "prereleases",
    "exclude-newer",
    "index-url",
    "extra-index-urls",
    "find-links",
    "imports",
    "python",
    "cpu",
    "fuel",
    "compression",
    "stdlib",
    "fuse",
    "build-wall-time",
    "build-cpu-time",
    "build-memory",
];

/// The lines to start from, shown when nothing is declared.
const EXAMPLE: &str = "packages = [\"tabulate\"]\nimports = [\"tabulate\"]";

/// The keys that a declaration may have, as they are written.
pub fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.into_iter()
}

/// Whether a declaration may have that key.
pub fn is_key(name: &str) -> bool {
    KEYS.contains(&name)
}

/// What goes into a bundle.
///
/// ```
/// use eryx_build::declare::{Cpu, Spec};
///
/// let spec = Spec::from_json(r#"{"packages": ["tabulate==0.9.0"], "cpu": "x86-64-v3"}"#, ".")?;
/// assert_eq!(spec.packages, ["tabulate==0.9.0"]);
/// assert_eq!(spec.cpu, Some(Cpu::X86_64V3));
///
/// let error = Spec::from_json(r#"{"pakages": []}"#, ".").unwrap_err();
/// assert_eq!(error.help_text(), Some("did you mean `packages`?"));
///
/// let built = Spec::new(".").with_package("tabulate==0.9.0").with_import("tabulate");
/// assert_eq!(built.imports, ["tabulate"]);
/// # Ok::<(), eryx_build::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Spec {
    /// Name of the bundle in `eryx.lock`; see [`bundle_name`](Self::bundle_name).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Requirements (PEP 508), or paths of wheels, sdists and source trees, as written; those of other
    /// tools' files behind the declaration's own.
    pub packages: Vec<String>,
    /// Requirements that narrow the versions of what is needed anyway, as written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
    /// Whether pre-releases are taken without being asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub prereleases: bool,
    /// The date or time after which uploads do not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_newer: Option<String>,
    /// The package index to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_url: Option<String>,
    /// Indexes that are asked before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_index_urls: Vec<String>,
    /// Folders, relative to [`base_dir`](Self::base_dir), and pages with wheels and sdists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub find_links: Vec<String>,
    /// Modules to import before the snapshot, as after `import`.
    pub imports: Vec<String>,
    /// Folder of the user's own modules, relative to [`base_dir`](Self::base_dir).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python: Option<PathBuf>,
    /// CPU baseline; `None` stands for [`Cpu::default_for`] the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Cpu>,
    /// Whether the code counts the instructions it executes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fuel: bool,
    /// How sections are stored.
    pub compression: Compression,
    /// Parts of the standard library to keep that are [left out](crate::base::left_out) otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stdlib: Vec<String>,
    /// Whether core modules are fused to one, which makes sandboxes start faster.
    #[serde(skip_serializing_if = "Clone::clone")]
    pub fuse: bool,
    /// Time that Python at build time may take, as in `10m`; see [`Allowance::wall_time`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_wall_time: Option<String>,
    /// The same on the processor; see [`Allowance::cpu_time`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_cpu_time: Option<String>,
    /// Memory that it may use, as in `2GiB`; see [`Allowance::memory`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_memory: Option<String>,
    /// Folder that relative paths start from, absolute.
    #[serde(skip)]
    pub base_dir: PathBuf,
    /// Where keys and items were written, for messages.
    #[serde(skip)]
    places: BTreeMap<(String, Option<usize>), String>,
    /// What came from other tools' files.
    #[serde(skip)]
    imported: Imported,
}

impl Spec {
    /// A declaration of nothing: plain CPython.
    pub fn new(base_dir: impl AsRef<Path>) -> Self {
        let base_dir = base_dir.as_ref();
        let base_dir = if base_dir.as_os_str().is_empty() { Path::new(".") } else { base_dir };
        Self {
            name: None,
            packages: Vec::new(),
            constraints: Vec::new(),
            prereleases: false,
            exclude_newer: None,
            index_url: None,
            extra_index_urls: Vec::new(),
            find_links: Vec::new(),
            imports: Vec::new(),
            python: None,
            cpu: None,
            fuel: false,
            compression: Compression::default(),
            stdlib: Vec::new(),
            fuse: true,
            build_wall_time: None,
            build_cpu_time: None,
            build_memory: None,
            base_dir: std::path::absolute(base_dir).unwrap_or_else(|_| base_dir.to_owned()),
            places: BTreeMap::new(),
            imported: Imported::default(),
        }
    }

    /// Reads `[package.metadata.eryx]` of a `Cargo.toml`.
    ///
    /// # Errors
    /// When the file cannot be read, has no such table, or the table holds something it should not.
    pub fn from_manifest(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_manifest_if_any(path)?.ok_or_else(|| {
            Error::new(format!("`{}` declares no bundle", path.display()))
                .help(format!("add to it:\n\n[package.metadata.eryx]\n{EXAMPLE}"))
        })
    }

    fn from_manifest_if_any(path: &Path) -> Result<Option<Self>> {
        let file = TomlFile::read(path)?;
        let Some(table) = file.table(&["package", "metadata", "eryx"], "[package.metadata.eryx]")? else {
            return Ok(None);
        };
        Self::from_table(table, path.parent().unwrap_or(Path::new("."))).map(Some)
    }

    /// Reads an `eryx.toml`: the same keys, at the top level.
    ///
    /// # Errors
    /// When the file cannot be read or holds something it should not.
    pub fn from_toml(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = TomlFile::read(path)?;
        let table =
            file.table(&[], file.name())?.unwrap_or(Table { label: String::new(), entries: Vec::new() });
        Self::from_table(table, path.parent().unwrap_or(Path::new(".")))
    }

    /// Reads the same keys from a JSON object. Relative paths start from `base_dir`.
    ///
    /// # Errors
    /// When the text is not a JSON object or holds something it should not. The error's
    /// [`blamed`](Error::blamed) says which key and item.
    pub fn from_json(json: &str, base_dir: impl AsRef<Path>) -> Result<Self> {
        Self::from_json_of("`embed!`", json, base_dir)
    }

    /// [`from_json`](Self::from_json) for a declaration that stands elsewhere; `label` says where, in messages.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn from_json_of(label: &str, json: &str, base_dir: impl AsRef<Path>) -> Result<Self> {
        Self::from_table(source::json(json, label)?, base_dir.as_ref())
    }

    /// Finds the declaration of the crate in `dir`: `eryx.toml` or `[package.metadata.eryx]`.
    ///
    /// # Errors
    /// When there is none, when there are both, or when it holds something it should not.
    pub fn discover(dir: impl AsRef<Path>) -> Result<Self> {
        let dir = dir.as_ref();
        let (toml, manifest) = (dir.join("eryx.toml"), dir.join("Cargo.toml"));
        let in_manifest = if manifest.is_file() { Self::from_manifest_if_any(&manifest)? } else { None };
        match (toml.is_file(), in_manifest) {
            (true, None) => Self::from_toml(&toml),
            (false, Some(spec)) => Ok(spec),
            (true, Some(_)) => Err(Error::new(format!(
                "`{}` has a bundle declared twice: in eryx.toml and in [package.metadata.eryx] of Cargo.toml",
                dir.display()
            ))
            .help("remove one of the two")),
            (false, None) => {
                let error = Error::new(format!("no bundle is declared in `{}`", dir.display()));
                Err(if manifest.is_file() {
                    error.help(format!("add to its Cargo.toml:\n\n[package.metadata.eryx]\n{EXAMPLE}"))
                } else {
                    error.help(format!("write an eryx.toml there:\n\n{EXAMPLE}"))
                })
            }
        }
    }

    /// Sets the name of the bundle in `eryx.lock`.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a requirement, or the path of a wheel, an sdist or a source tree.
    #[must_use]
    pub fn with_package(mut self, requirement: impl Into<String>) -> Self {
        self.packages.push(requirement.into());
        self
    }

    /// Adds a requirement that narrows the versions of what is needed anyway.
    #[must_use]
    pub fn with_constraint(mut self, requirement: impl Into<String>) -> Self {
        self.constraints.push(requirement.into());
        self
    }

    /// Sets whether pre-releases are taken without being asked for.
    #[must_use]
    pub fn with_prereleases(mut self, prereleases: bool) -> Self {
        self.prereleases = prereleases;
        self
    }

    /// Sets the date (`2026-01-31`) or time (RFC 3339) after which uploads do not count.
    #[must_use]
    pub fn with_exclude_newer(mut self, time: impl Into<String>) -> Self {
        self.exclude_newer = Some(time.into());
        self
    }

    /// Sets the package index to ask.
    #[must_use]
    pub fn with_index_url(mut self, url: impl Into<String>) -> Self {
        self.index_url = Some(url.into());
        self
    }

    /// Adds an index that is asked before the main one.
    #[must_use]
    pub fn with_extra_index_url(mut self, url: impl Into<String>) -> Self {
        self.extra_index_urls.push(url.into());
        self
    }

    /// Adds a folder or page with wheels and sdists.
    #[must_use]
    pub fn with_find_links(mut self, place: impl Into<String>) -> Self {
        self.find_links.push(place.into());
        self
    }

    /// Adds a module to import before the snapshot.
    #[must_use]
    pub fn with_import(mut self, module: impl Into<String>) -> Self {
        self.imports.push(module.into());
        self
    }

    /// Sets the folder of the user's own modules.
    #[must_use]
    pub fn with_python(mut self, dir: impl Into<PathBuf>) -> Self {
        self.python = Some(dir.into());
        self
    }

    /// Sets the CPU baseline.
    #[must_use]
    pub fn with_cpu(mut self, cpu: Cpu) -> Self {
        self.cpu = Some(cpu);
        self
    }

    /// Sets whether the code counts the instructions it executes.
    #[must_use]
    pub fn with_fuel(mut self, fuel: bool) -> Self {
        self.fuel = fuel;
        self
    }

    /// Sets how sections are stored.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Keeps a part of the standard library that is [left out](crate::base::left_out) otherwise.
    #[must_use]
    pub fn with_stdlib(mut self, name: impl Into<String>) -> Self {
        self.stdlib.push(name.into());
        self
    }

    /// Sets whether core modules are fused to one.
    #[must_use]
    pub fn with_fuse(mut self, fuse: bool) -> Self {
        self.fuse = fuse;
        self
    }

    /// Sets the time that Python at build time may take, as in `10m`.
    #[must_use]
    pub fn with_build_wall_time(mut self, time: impl Into<String>) -> Self {
        self.build_wall_time = Some(time.into());
        self
    }

    /// Sets the time on the processor that Python at build time may take, as in `10m`.
    #[must_use]
    pub fn with_build_cpu_time(mut self, time: impl Into<String>) -> Self {
        self.build_cpu_time = Some(time.into());
        self
    }

    /// Sets the memory that Python at build time may use, as in `2GiB`.
    #[must_use]
    pub fn with_build_memory(mut self, size: impl Into<String>) -> Self {
        self.build_memory = Some(size.into());
        self
    }

    /// What Python at build time may use: what is declared, else the default. Values that
    /// [`check`](Self::check) refuses count as not declared.
    pub fn build_allowance(&self) -> Allowance {
        let mut allowance = Allowance::default();
        self.raise(&mut allowance);
        allowance
    }

    /// Puts what is declared in place of what is there.
    pub(crate) fn raise(&self, allowance: &mut Allowance) {
        let time = |text: &Option<String>| bounds::time_of(text.as_deref()?).ok();
        allowance.wall_time = time(&self.build_wall_time).unwrap_or(allowance.wall_time);
        allowance.cpu_time = time(&self.build_cpu_time).unwrap_or(allowance.cpu_time);
        let memory = self.build_memory.as_deref().and_then(|text| bounds::bytes_of(text).ok());
        allowance.memory = memory.unwrap_or(allowance.memory);
    }

    /// Checks what builder calls may have got wrong; the other doors have done it already.
    ///
    /// # Errors
    /// When a name in `imports` is not the name of a module, or a setting of the index cannot be used.
    pub fn check(&self) -> Result<()> {
        if let Some(time) = &self.exclude_newer {
            Cutoff::parse(time, "`exclude-newer`")
                .map_err(|error| self.placed(error, "exclude-newer", None))?;
        }
        let main = self.index_url.iter().map(|url| ("index-url", None, url));
        let extra = self.extra_index_urls.iter().enumerate();
        let extra = extra.map(|(index, url)| ("extra-index-urls", Some(index), url));
        for (key, index, url) in main.chain(extra) {
            IndexUrl::parse(url, format!("`{key}`")).map_err(|error| self.placed(error, key, index))?;
        }
        for (key, text) in
            [("build-wall-time", &self.build_wall_time), ("build-cpu-time", &self.build_cpu_time)]
        {
            if let Some(text) = text {
                bounds::time_of(text).map_err(|error| self.placed(error, key, None))?;
            }
        }
        if let Some(text) = &self.build_memory {
            bounds::bytes_of(text).map_err(|error| self.placed(error, "build-memory", None))?;
        }
        for (index, name) in self.stdlib.iter().enumerate() {
            if !left_out().any(|known| known == name) {
                let names: Vec<_> = left_out().collect();
                let error =
                    Error::new(format!("`{name}` is no part of the standard library that is left out"))
                        .help(format!("what is left out: {}", names.join(", ")));
                return Err(self.placed(error, "stdlib", Some(index)));
            }
        }
        for (index, module) in self.imports.iter().enumerate() {
            module_name::check(module).map_err(|error| self.placed(error, "imports", Some(index)))?;
        }
        Ok(())
    }

    /// The CPU baseline for an architecture named as in target triples (`x86_64`, `aarch64`).
    ///
    /// # Errors
    /// When the declared baseline belongs to another architecture.
    pub fn cpu_for(&self, arch: &str) -> Result<Cpu> {
        match self.cpu {
            None => Ok(Cpu::default_for(arch)),
            Some(cpu) if cpu.fits(arch) => Ok(cpu),
            Some(cpu) => Err(self.placed(
                Error::new(format!("cpu `{cpu}` does not exist on {arch}"))
                    .help("write \"generic\" or \"native\", or leave `cpu` out"),
                "cpu",
                None,
            )),
        }
    }

    /// The name of the bundle in `eryx.lock`: the declared one, else that of the crate whose `Cargo.toml` is beside the
    /// declaration, else [`DEFAULT_NAME`](crate::lock::DEFAULT_NAME).
    pub fn bundle_name(&self) -> String {
        let named = || package_name(&self.base_dir);
        self.name.clone().or_else(named).unwrap_or_else(|| crate::lock::DEFAULT_NAME.to_owned())
    }

    /// The items of `packages` that stand in the declaration itself, not in another tool's file.
    pub fn own_packages(&self) -> &[String] {
        &self.packages[..self.imported.own(self.packages.len()).min(self.packages.len())]
    }

    /// Adds items behind the declaration's own, in front of those that came from other files.
    pub(crate) fn insert_packages(&mut self, items: &[String]) {
        let at = self.own_packages().len();
        self.packages.splice(at..at, items.iter().cloned());
        self.moved(at, items.len().cast_signed());
    }

    /// Takes one of the declaration's own items out.
    pub(crate) fn remove_package(&mut self, at: usize) -> String {
        let item = self.packages.remove(at);
        self.places.remove(&("packages".to_owned(), Some(at)));
        self.moved(at, -1);
        item
    }

    /// Notes that the items from `at` on have moved.
    fn moved(&mut self, at: usize, by: isize) {
        let places = std::mem::take(&mut self.places);
        self.places = places
            .into_iter()
            .map(|((key, index), place)| {
                let index = index.map(|index| {
                    if key == "packages" && index >= at { index.saturating_add_signed(by) } else { index }
                });
                ((key, index), place)
            })
            .collect();
        self.imported.moved(by);
    }

    /// Other tools' files that the declaration takes requirements from.
    pub fn imported_files(&self) -> &[PathBuf] {
        self.imported.files()
    }

    /// The folder of the user's own modules.
    pub fn python_dir(&self) -> Option<PathBuf> {
        self.python.as_ref().map(|dir| self.base_dir.join(dir))
    }

    /// Where a key, or an item of its array, was written (`Cargo.toml:12:14`), if the declaration came from a file.
    pub fn place(&self, key: &str, index: Option<usize>) -> Option<&str> {
        self.places.get(&(key.to_owned(), index)).map(String::as_str)
    }

    /// The error with the place it is about, in words for people and as blame for callers.
    pub(crate) fn placed(&self, error: Error, key: &str, index: Option<usize>) -> Error {
        let error = with_place(error, self.place(key, index));
        match index.and_then(|index| self.imported.key_of(index)).filter(|_| key == "packages") {
            Some(key) => error.blame(key, None),
            None => error.blame(key, index),
        }
    }

    /// The error with the place of what it blames. For errors of steps that know no places.
    pub(crate) fn located(&self, error: Error) -> Error {
        match error.blamed().cloned() {
            Some(blame) => self.placed(error, &blame.key, blame.index),
            None => error,
        }
    }

    fn from_table(table: Table, base_dir: &Path) -> Result<Self> {
        let mut spec = Self::new(base_dir);
        let mut keys = Keys::default();
        for Entry { key, place, item } in table.entries {
            if !KEYS.contains(&key.as_str()) {
                let error = Error::new(format!("unknown key `{key}` in {}", table.label)).help(
                    suggest(&key, &KEYS).map_or_else(
                        || format!("the keys are: {}", KEYS.join(", ")),
                        |name| format!("did you mean `{name}`?"),
                    ),
                );
                return Err(with_place(error, place.as_deref()).blame(key, None));
            }
            if let Some(place) = &place {
                spec.places.insert((key.clone(), None), place.clone());
            }
            match key.as_str() {
                "name" => spec.name = Some(spec.parsed_name(&key, item)?),
                "requirements" => keys.requirements = Some(spec.text(&key, item)?),
                "pyproject" => keys.pyproject = Some(spec.text(&key, item)?),
                "pylock" => keys.pylock = Some(spec.text(&key, item)?),
                "extras" => keys.extras = spec.texts(&key, item)?,
                "groups" => keys.groups = spec.texts(&key, item)?,
                "packages" => spec.packages = spec.texts(&key, item)?,
                "constraints" => spec.constraints = spec.texts(&key, item)?,
                "prereleases" => spec.prereleases = spec.flag(&key, &item)?,
                "exclude-newer" => spec.exclude_newer = Some(spec.text(&key, item)?),
                "index-url" => spec.index_url = Some(spec.text(&key, item)?),
                "extra-index-urls" => spec.extra_index_urls = spec.texts(&key, item)?,
                "find-links" => spec.find_links = spec.texts(&key, item)?,
                "imports" => spec.imports = spec.texts(&key, item)?,
                "python" => spec.python = Some(PathBuf::from(spec.text(&key, item)?)),
                "cpu" => spec.cpu = Some(spec.parsed(&key, item)?),
                "fuel" => spec.fuel = spec.flag(&key, &item)?,
                "compression" => spec.compression = spec.parsed(&key, item)?,
                "stdlib" => spec.stdlib = spec.texts(&key, item)?,
                "build-wall-time" => spec.build_wall_time = Some(spec.text(&key, item)?),
                "build-cpu-time" => spec.build_cpu_time = Some(spec.text(&key, item)?),
                "build-memory" => spec.build_memory = Some(spec.text(&key, item)?),
                _ => spec.fuse = spec.flag(&key, &item)?,
            }
        }
        spec.check()?;
        import::import(&mut spec, &keys)?;
        Ok(spec)
    }

    fn parsed_name(&self, key: &str, item: Item) -> Result<String> {
        let name = self.text(key, item)?;
        if name.trim().is_empty() || name.contains(char::is_control) {
            let error =
                Error::new("`name` must not be empty").help("leave it out, or give the bundle a name");
            return Err(self.placed(error, key, None));
        }
        Ok(name)
    }

    fn parsed<T: std::str::FromStr<Err = Error>>(&self, key: &str, item: Item) -> Result<T> {
        self.text(key, item)?.parse().map_err(|error| self.placed(error, key, None))
    }

    fn flag(&self, key: &str, item: &Item) -> Result<bool> {
        match item.value {
            Value::Flag(flag) => Ok(flag),
            ref other => {
                let error = Error::new(format!("`{key}` must be true or false, not {}", other.kind()));
                Err(self.placed(error, key, None))
            }
        }
    }

    fn text(&self, key: &str, item: Item) -> Result<String> {
        match item.value {
            Value::Text(text) => Ok(text),
            other => {
                let error = Error::new(format!("`{key}` must be a string, not {}", other.kind()));
                Err(self.placed(error, key, None))
            }
        }
    }

    fn texts(&mut self, key: &str, item: Item) -> Result<Vec<String>> {
        let Value::Array(items) = item.value else {
            let error = Error::new(format!("`{key}` must be an array of strings, not {}", item.value.kind()))
                .help(format!("write {key} = [\"…\"]"));
            return Err(self.placed(error, key, None));
        };
        if items.len() > bounds::ITEMS {
            let error =
                Error::new(format!("`{key}` has {} items; the limit is {}", items.len(), bounds::ITEMS));
            return Err(self.placed(error, key, None));
        }
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            if let Some(place) = item.place {
                self.places.insert((key.to_owned(), Some(index)), place);
            }
            match item.value {
                Value::Text(text) => texts.push(text),
                other => {
                    let error = Error::new(format!("`{key}` must hold only strings, not {}", other.kind()));
                    return Err(self.placed(error, key, Some(index)));
                }
            }
        }
        Ok(texts)
    }
}

/// The name of the package whose `Cargo.toml` is in that folder.
fn package_name(dir: &Path) -> Option<String> {
    let manifest = bounds::text(&dir.join("Cargo.toml"), bounds::DECLARATION_BYTES).ok()?;
    let manifest: toml::Table = manifest.parse().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

/// The error with a place at the end of its message.
fn with_place(error: Error, place: Option<&str>) -> Error {
    match place {
        Some(place) => error.at(place),
        None => error,
    }
}

/// The name that was probably meant, if one is near enough.
pub(crate) fn suggest<'a>(written: &str, names: &[&'a str]) -> Option<&'a str> {
    let near = |name: &&'a str| (strsim::jaro_winkler(written, name), *name);
    let best = names.iter().map(near).max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(likeness, _)| *likeness > 0.8).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs_err::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    #[test]
    fn all_doors_give_the_same() {
        let keys = "packages = ['a==1', 'b==2']\nimports = ['a']\npython = 'py'\ncpu = 'native'\ncompression = 'none'\n\
            constraints = ['c<2']\nprereleases = true\nexclude-newer = '2026-01-31'\n\
            index-url = 'https://i.test/'\nextra-index-urls = ['https://e.test/']\nfind-links = ['wheels']\nstdlib = ['turtle']\nfuse = false\n\
            build-wall-time = '90s'\nbuild-cpu-time = '1m'\nbuild-memory = '2GiB'\n";
        let manifest = format!("[package]\nname = 'x'\n[package.metadata.eryx]\n{keys}");
        let dir = folder(&[("Cargo.toml", &manifest)]);
        let other = folder(&[("eryx.toml", keys)]);
        let built = Spec::new(dir.path())
            .with_package("a==1")
            .with_package("b==2")
            .with_import("a")
            .with_python("py")
            .with_constraint("c<2")
            .with_prereleases(true)
            .with_exclude_newer("2026-01-31")
            .with_index_url("https://i.test/")
            .with_extra_index_url("https://e.test/")
            .with_find_links("wheels")
            .with_cpu(Cpu::Native)
            .with_compression(Compression::None)
            .with_stdlib("turtle")
            .with_fuse(false)
            .with_build_wall_time("90s")
            .with_build_cpu_time("1m")
            .with_build_memory("2GiB");
        let json = serde_json::to_string(&built).unwrap();
        assert_eq!(Spec::from_json(&json, dir.path()).unwrap(), built);
        for mut spec in [Spec::discover(dir.path()).unwrap(), Spec::discover(other.path()).unwrap()] {
            assert!(spec.place("packages", Some(1)).unwrap().contains(".toml:"));
            spec.base_dir.clone_from(&built.base_dir);
            spec.places.clear();
            assert_eq!(spec, built);
        }
        assert_eq!(built.python_dir().unwrap(), dir.path().join("py"));
    }

    #[test]
    fn an_unknown_key_is_placed_and_corrected() {
        let dir =
            folder(&[("Cargo.toml", "[package]\nname = 'x'\n\n[package.metadata.eryx]\n  pakages = []\n")]);
        let path = dir.path().join("Cargo.toml");
        let error = Spec::from_manifest(&path).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("unknown key `pakages` in [package.metadata.eryx] ({}:5:3)", path.display())
        );
        assert_eq!(error.help_text(), Some("did you mean `packages`?"));
        assert_eq!(error.blamed().unwrap().key, "pakages");
        let far = Spec::from_json(r#"{"zzz": 1}"#, ".").unwrap_err();
        assert!(far.help_text().unwrap().starts_with("the keys are: name, packages"));
    }

    #[test]
    fn wrong_values_are_placed() {
        for (text, message, line, index) in [
            ("packages = 'a'", "`packages` must be an array of strings, not a string", "1:1", None),
            ("packages = ['a',\n 3]", "`packages` must hold only strings, not an integer", "2:2", Some(1)),
            ("build-memory = '2'", "`2` is not a size", "1:1", None),
            ("build-cpu-time = 'ever'", "`ever` is not a time", "1:1", None),
            ("cpu = 'x86-64-v9'", "unknown cpu `x86-64-v9`", "1:1", None),
            ("compression = true", "`compression` must be a string, not a boolean", "1:1", None),
            ("prereleases = 'yes'", "`prereleases` must be true or false, not a string", "1:1", None),
            ("exclude-newer = 'soon'", "`soon` in `exclude-newer` is not a date or time", "1:1", None),
            (
                "extra-index-urls = ['https://a.test',\n'/srv']",
                "the index URL in `extra-index-urls` is not a URL",
                "2:1",
                Some(1),
            ),
            (
                "stdlib = ['turtle', 'json']",
                "`json` is no part of the standard library that is left out",
                "1:21",
                Some(1),
            ),
            ("imports = ['a-b']", "`a-b` is not the name of a module", "1:12", Some(0)),
        ] {
            let dir = folder(&[("eryx.toml", text)]);
            let path = dir.path().join("eryx.toml");
            let error = Spec::from_toml(&path).unwrap_err();
            assert_eq!(error.to_string(), format!("{message} ({}:{line})", path.display()));
            assert_eq!(error.blamed().unwrap().index, index);
        }
    }

    #[test]
    fn broken_toml_is_placed() {
        let dir = folder(&[("eryx.toml", "packages = [\n\n")]);
        let error = Spec::from_toml(dir.path().join("eryx.toml")).unwrap_err().to_string();
        assert!(error.contains("is not valid TOML") && error.contains("eryx.toml:"), "{error}");
    }

    #[test]
    fn none_or_two_declarations() {
        let none = folder(&[("Cargo.toml", "[package]\nname = 'x'\n")]);
        let error = Spec::discover(none.path()).unwrap_err();
        assert!(error.help_text().unwrap().contains("[package.metadata.eryx]"));
        assert!(Spec::from_manifest(none.path().join("Cargo.toml")).is_err());
        let nothing = folder(&[]);
        assert!(Spec::discover(nothing.path()).unwrap_err().help_text().unwrap().contains("eryx.toml"));
        let both = folder(&[("Cargo.toml", "[package.metadata.eryx]\n"), ("eryx.toml", "")]);
        assert!(Spec::discover(both.path()).unwrap_err().to_string().contains("declared twice"));
    }

    #[test]
    fn cpu_belongs_to_an_architecture() {
        let spec = Spec::new(".").with_cpu(Cpu::X86_64V3);
        assert_eq!(spec.cpu_for("x86_64").unwrap(), Cpu::X86_64V3);
        let error = spec.cpu_for("aarch64").unwrap_err();
        assert_eq!(error.blamed().unwrap().key, "cpu");
        assert_eq!(Spec::new(".").cpu_for("aarch64").unwrap(), Cpu::Generic);
    }
}
