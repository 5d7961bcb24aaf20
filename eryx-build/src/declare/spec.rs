//! The declaration of a bundle.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::compression::Compression;
use super::cpu::Cpu;
use super::import::ImportRecord;
use crate::bounds::{self, Allowance};
use crate::error::{Error, Result};

/// Default name of a bundle without a declared name and without a crate.
pub const DEFAULT_BUNDLE_NAME: &str = "default";

/// The contents of a bundle.
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
    /// Requirements (PEP 508), or paths of wheels, sdists and source trees, as written. The declaration's own items
    /// come first, then those of other tools' files.
    pub packages: Vec<String>,
    /// Requirements that narrow the versions of other packages, as written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
    /// Whether pre-releases are eligible for every project.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub prereleases: bool,
    /// The date or time after which uploads are ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_newer: Option<String>,
    /// The package index to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_url: Option<String>,
    /// Indexes to ask before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_index_urls: Vec<String>,
    /// Folders, relative to [`base_dir`](Self::base_dir), and pages with wheels and sdists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub find_links: Vec<String>,
    /// Modules to import before the snapshot, by their dotted names.
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
    /// Compression of its sections.
    pub compression: Compression,
    /// Parts of the standard library to keep that are [left out](crate::stdlib::left_out) otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stdlib: Vec<String>,
    /// Whether core modules are fused into one, which makes sandboxes start faster.
    #[serde(skip_serializing_if = "Clone::clone")]
    pub fuse: bool,
    /// Limit of wall time for Python at build time, for example `10m`; see [`Allowance::wall_time`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_wall_time: Option<String>,
    /// Limit of CPU time for it; see [`Allowance::cpu_time`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_cpu_time: Option<String>,
    /// Limit of memory for it, for example `2GiB`; see [`Allowance::memory`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_memory: Option<String>,
    /// Base folder of relative paths, absolute.
    #[serde(skip)]
    pub base_dir: PathBuf,
    /// Places of keys and items, for messages.
    #[serde(skip)]
    pub(super) places: BTreeMap<(String, Option<usize>), String>,
    /// Items that came from other tools' files.
    #[serde(skip)]
    pub(super) imported: ImportRecord,
}

impl Spec {
    /// Creates an empty declaration: plain CPython.
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
            imported: ImportRecord::default(),
        }
    }

    /// Returns the limits for Python at build time: declared ones, else the defaults. Values that
    /// [`check`](Self::check) refuses are ignored.
    pub fn build_allowance(&self) -> Allowance {
        let mut allowance = Allowance::default();
        self.raise(&mut allowance);
        allowance
    }

    /// Replaces limits by declared ones.
    pub(crate) fn raise(&self, allowance: &mut Allowance) {
        let time = |text: &Option<String>| bounds::time_of(text.as_deref()?).ok();
        allowance.wall_time = time(&self.build_wall_time).unwrap_or(allowance.wall_time);
        allowance.cpu_time = time(&self.build_cpu_time).unwrap_or(allowance.cpu_time);
        let memory = self.build_memory.as_deref().and_then(|text| bounds::bytes_of(text).ok());
        allowance.memory = memory.unwrap_or(allowance.memory);
    }

    /// Returns the CPU baseline for an architecture named as in target triples (`x86_64`, `aarch64`).
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

    /// Returns the name of the bundle in `eryx.lock`: the declared one, else that of the crate whose `Cargo.toml` is
    /// beside the declaration, else [`DEFAULT_BUNDLE_NAME`].
    pub fn bundle_name(&self) -> String {
        let named = || package_name(&self.base_dir);
        self.name.clone().or_else(named).unwrap_or_else(|| DEFAULT_BUNDLE_NAME.to_owned())
    }

    /// Returns the items of `packages` that are written in the declaration itself, not in another tool's file.
    pub fn own_packages(&self) -> &[String] {
        &self.packages[..self.imported.own(self.packages.len()).min(self.packages.len())]
    }

    /// Inserts items after the declaration's own, before those of other files.
    pub(crate) fn insert_packages(&mut self, items: &[String]) {
        let at = self.own_packages().len();
        self.packages.splice(at..at, items.iter().cloned());
        self.moved(at, items.len().cast_signed());
    }

    /// Removes one of the declaration's own items.
    pub(crate) fn remove_package(&mut self, at: usize) -> String {
        let item = self.packages.remove(at);
        self.places.remove(&("packages".to_owned(), Some(at)));
        self.moved(at, -1);
        item
    }

    /// Shifts the places of the items from `at` on.
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

    /// Returns the other tools' files that the declaration imports.
    pub fn imported_files(&self) -> &[PathBuf] {
        self.imported.files()
    }

    /// Returns the folder of the user's own modules.
    pub fn python_dir(&self) -> Option<PathBuf> {
        self.python.as_ref().map(|dir| self.base_dir.join(dir))
    }

    /// Returns the place (`Cargo.toml:12:14`) of a key, or of an item of its array, if the declaration came from a
    /// file.
    pub fn place(&self, key: &str, index: Option<usize>) -> Option<&str> {
        self.places.get(&(key.to_owned(), index)).map(String::as_str)
    }

    /// Adds the place of a key to an error: as text for people, and as blame for callers.
    pub(crate) fn placed(&self, error: Error, key: &str, index: Option<usize>) -> Error {
        let error = with_place(error, self.place(key, index));
        match index.and_then(|index| self.imported.key_of(index)).filter(|_| key == "packages") {
            Some(key) => error.blame(key, None),
            None => error.blame(key, index),
        }
    }

    /// Adds the place of its blamed key to an error of a step that does not know places.
    pub(crate) fn located(&self, error: Error) -> Error {
        match error.blamed().cloned() {
            Some(blame) => self.placed(error, &blame.key, blame.index),
            None => error,
        }
    }
}

/// Returns the name of the package whose `Cargo.toml` is in that folder.
fn package_name(dir: &Path) -> Option<String> {
    let manifest = bounds::text(&dir.join("Cargo.toml"), bounds::DECLARATION_BYTES).ok()?;
    let manifest: toml::Table = manifest.parse().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

/// Adds a place to the end of an error's message.
pub(super) fn with_place(error: Error, place: Option<&str>) -> Error {
    match place {
        Some(place) => error.at(place),
        None => error,
    }
}
