//! Packages added to a sandbox at run time. Pure packages need no linking: their files are a layer over the
//! packed tree, at the paths where an installer would put them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use eryx_runtime::layout::SITE_PACKAGES;
use eryx_wheel::error::Context as _;
use eryx_wheel::pep508_rs::{PackageName, VersionOrUrl};
use eryx_wheel::{Error as WheelError, Metadata, Wheel, guest, is_native};

use crate::bundle::Manifest;
use crate::error::{PackageError, Result};
use crate::tree::{Tree, TreeBuilder};

/// Larger than any pure Python package.
const MOST_BYTES: u64 = 512 << 20;

/// Adds packages as a layer over a bundle's tree.
///
/// # Errors
/// When a package cannot be mounted, exists already, or has missing dependencies.
pub(super) fn lay(tree: &Tree, manifest: &Manifest, paths: &[PathBuf]) -> Result<Tree> {
    let mut files: BTreeMap<String, (Vec<u8>, String)> = BTreeMap::new();
    let mut there: BTreeMap<PackageName, Option<String>> = BTreeMap::new();
    for package in &manifest.packages {
        if let Ok(name) = PackageName::new(package.name.clone()) {
            there.insert(name, Some(package.version.clone()));
        }
    }
    let mut given: Vec<(String, Metadata)> = Vec::new();
    for path in paths {
        let package = LocalPackage::read(path)?;
        for metadata in package.metadata {
            let name = PackageName::new(metadata.name.clone())
                .map_err(|error| refused(&package.label, error.to_string()))?;
            if let Some(version) = there.insert(name.clone(), Some(metadata.version.clone())) {
                let version = version.unwrap_or_default();
                let problem = if given.iter().any(|(_, one)| one.name == metadata.name) {
                    format!("{name} {version} is given as well")
                } else {
                    format!("the bundle holds {name} {version}, which may be imported already")
                };
                return Err(refused(&package.label, problem).into());
            }
            given.push((package.label.clone(), metadata));
        }
        for (place, bytes) in package.files {
            match files.get(&place) {
                Some((same, _)) if *same == bytes => {}
                Some((_, owner)) => {
                    return Err(refused(&package.label, format!("`{owner}` has another `{place}`")).into());
                }
                None => {
                    files.insert(place, (bytes, package.label.clone()));
                }
            }
        }
    }
    check_needs(&given, &there)?;
    let mut builder = TreeBuilder::new();
    for (place, (bytes, owner)) in &files {
        builder.file(place, bytes).map_err(|error| refused(owner, error.to_string()))?;
    }
    let layered = tree.with_layer(Tree::new(builder.pack())?).map_err(|place| {
        let owner = files.iter().find(|(path, _)| path.starts_with(&place));
        let owner = owner.map_or("the package", |(_, (_, owner))| owner);
        refused(owner, format!("the bundle has `{place}` already"))
    });
    Ok(layered?)
}

fn refused(package: &str, problem: impl Into<String>) -> PackageError {
    PackageError::Conflict { package: package.to_owned(), problem: problem.into() }
}

/// Returns the error for an unreadable wheel or folder.
fn unreadable(package: &str, error: WheelError) -> PackageError {
    let help = error.help_text().map(ToString::to_string);
    PackageError::Unreadable { package: package.to_owned(), help, source: error.into() }
}

/// Files for `site-packages` and the folders beside it.
struct LocalPackage {
    /// Name of the wheel or folder.
    label: String,
    /// Metadata of each distribution in it.
    metadata: Vec<Metadata>,
    /// Content by absolute path in the guest.
    files: Vec<(String, Vec<u8>)>,
}

impl LocalPackage {
    fn read(path: &Path) -> Result<Self, PackageError> {
        let label =
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into());
        let needs_build = |content| PackageError::NeedsBuild { package: label.clone(), content };
        if path.is_dir() {
            if ["pyproject.toml", "setup.py"].iter().any(|name| path.join(name).is_file()) {
                return Err(needs_build("source that must be built"));
            }
            return Self::read_folder(path, label.clone()).map_err(|error| match error {
                FolderError::Native => needs_build(NATIVE),
                FolderError::Other(error) => unreadable(&label, error),
            });
        }
        if [".tar.gz", ".tgz", ".tar.bz2", ".zip"].iter().any(|ending| label.ends_with(ending)) {
            return Err(needs_build("source that must be built"));
        }
        let read = || {
            let wheel = Wheel::open_local(path)?;
            Ok((wheel.install()?, wheel))
        };
        let (installed, wheel) = read().map_err(|error| unreadable(&label, error))?;
        if installed.iter().any(|file| file.native) {
            return Err(needs_build(NATIVE));
        }
        let files = installed.into_iter().map(|file| (file.place, file.bytes)).collect();
        Ok(Self { label, metadata: vec![wheel.metadata], files })
    }

    /// Reads a folder of modules and packages, as `pip install --target` makes it.
    fn read_folder(folder: &Path, label: String) -> Result<Self, FolderError> {
        let mut package = Self { label, metadata: Vec::new(), files: Vec::new() };
        let mut left = MOST_BYTES;
        let mut folders = vec![String::new()];
        while let Some(inner) = folders.pop() {
            let here = folder.join(&inner);
            let entries = fs_err::read_dir(&here).context(|| "it cannot be read")?;
            for entry in entries {
                let entry = entry.context(|| "it cannot be read")?;
                let name = entry.file_name().into_string();
                let name = name
                    .map_err(|name| WheelError::new(format!("{} is not a name in UTF-8", name.display())))?;
                let relative = if inner.is_empty() { name.clone() } else { format!("{inner}/{name}") };
                let kind = entry.file_type().context(|| "it cannot be read")?;
                if kind.is_dir() {
                    // Caches of other interpreters, and scripts, which a sandbox cannot start.
                    if name != "__pycache__" && (relative != "bin") {
                        folders.push(relative);
                    }
                    continue;
                }
                if !kind.is_file() {
                    return Err(WheelError::new(format!(
                        "`{relative}` in it is neither a file nor a folder"
                    ))
                    .into());
                }
                if is_native(&relative) {
                    return Err(FolderError::Native);
                }
                let bytes = fs_err::read(entry.path()).context(|| "it cannot be read")?;
                left = left
                    .checked_sub(bytes.len() as u64)
                    .ok_or_else(|| WheelError::new(format!("it is larger than {} MiB", MOST_BYTES >> 20)))?;
                if name == "METADATA" && inner.ends_with(".dist-info") && !inner.contains('/') {
                    let metadata = Metadata::parse(&bytes).context(|| format!("`{relative}` is broken"))?;
                    package.metadata.push(metadata);
                }
                package.files.push((format!("{SITE_PACKAGES}/{relative}"), bytes));
            }
        }
        if package.files.is_empty() {
            return Err(WheelError::new("it is empty").into());
        }
        Ok(package)
    }
}

const NATIVE: &str = "native code that must be linked with Python";

enum FolderError {
    Native,
    Other(WheelError),
}

impl From<WheelError> for FolderError {
    fn from(error: WheelError) -> Self {
        Self::Other(error)
    }
}

/// Checks that all dependencies of the given packages are present, without extras. Does not resolve.
fn check_needs(
    given: &[(String, Metadata)],
    there: &BTreeMap<PackageName, Option<String>>,
) -> Result<(), PackageError> {
    let mut missing = Vec::new();
    for (label, metadata) in given {
        for text in &metadata.requires_dist {
            let needed = guest::requirement(text).map_err(|error| unreadable(label, error))?;
            if !needed.marker.evaluate(guest::markers(), &[]) {
                continue;
            }
            let found = there.get(&needed.name).and_then(Option::as_deref);
            let fits = match (found, &needed.version_or_url) {
                (None, _) => false,
                (Some(_), None | Some(VersionOrUrl::Url(_))) => true,
                (Some(found), Some(VersionOrUrl::VersionSpecifier(versions))) => {
                    found.parse().is_ok_and(|version| versions.contains(&version))
                }
            };
            if !fits {
                let found = found.map_or_else(String::new, |version| format!(", not {version}"));
                missing.push(format!("`{text}`{found} (for {})", metadata.name));
            }
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(PackageError::Missing { requirements: missing }) }
}
