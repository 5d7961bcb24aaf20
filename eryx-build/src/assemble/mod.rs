//! **assemble**: the files of the wheels and of the user's own modules, at their places in the guest.
//!
//! ```text
//! /usr/lib/python3.14/site-packages/   what the wheels install
//! /usr/…                               their data files (`.data/data`)
//! /app/                                the user's own modules
//! ```
//!
//! Compiling to `.pyc` and packing come later; what leaves this step is what an installer would have put on disk,
//! without the scripts, which nothing in a sandbox could start, and without caches of other interpreters.

mod own;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use eryx_rt::bundle::Package;
use eryx_runtime::layout::{APP, SITE_PACKAGES, STDLIB};

use crate::adapt::native::{self, Abi, Library};
use crate::error::{Error, Result};
use crate::wheel::Wheel;

/// The files of all wheels and of the user's own modules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SitePackages {
    /// Content by absolute path in the guest.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Native code. In `files`, each has an empty file at its path: the interpreter looks there, and then opens what is
    /// linked under that path.
    pub libraries: Vec<Library>,
    /// The distributions, sorted by name.
    pub packages: Vec<Package>,
    /// The paths in `files` of what each wheel brings, in the order of the wheels.
    pub paths_of_wheels: Vec<Vec<String>>,
    /// Paths on the host of the user's own modules, sorted: a change of one of them asks for a new bundle.
    pub own_files: Vec<PathBuf>,
}

impl SitePackages {
    /// A hash of all paths and contents. Equal files give equal keys, whatever wheels they came in.
    pub fn key(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        for (path, bytes) in &self.files {
            // Lengths keep the border between a path and its content unmistakable.
            hasher.update(&(path.len() as u64).to_le_bytes()).update(path.as_bytes());
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        }
        for library in &self.libraries {
            hasher.update(&(library.path.len() as u64).to_le_bytes()).update(library.path.as_bytes());
            hasher.update(&(library.bytes.len() as u64).to_le_bytes()).update(&library.bytes);
        }
        hasher.finalize()
    }
}

/// Puts the files of the wheels, and those of the folder with the user's own modules, at their places.
///
/// # Errors
/// When a wheel is broken or holds native code, when two wheels want one path for different contents, or when the
/// folder is missing or holds something that is not a file or folder.
pub fn assemble(wheels: &[Wheel], python: Option<&Path>) -> Result<SitePackages> {
    let mut tree = Tree::default();
    let mut packages = Vec::new();
    let mut libraries = Vec::new();
    let mut paths_of_wheels = Vec::new();
    for wheel in wheels {
        paths_of_wheels.push(add_wheel(&mut tree, &mut libraries, wheel).map_err(|error| {
            if wheel.declared.is_some() { error.blame("packages", wheel.declared) } else { error }
        })?);
        packages.push(Package {
            name: wheel.name().to_string(),
            version: wheel.version().to_string(),
            file: wheel.filename.to_string(),
            size: wheel.size,
            sha256: wheel.sha256.clone(),
            license: wheel.metadata.license.clone(),
        });
    }
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    let mut own_files = Vec::new();
    if let Some(dir) = python {
        for (relative, host, bytes) in own::read(dir).map_err(|error| error.blame("python", None))? {
            tree.insert(format!("{APP}/{relative}"), bytes, "the folder `python`")?;
            own_files.push(host);
        }
    }
    tree.check_folders()?;
    let files = tree.files.into_iter().map(|(path, (bytes, _))| (path, bytes)).collect();
    libraries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(SitePackages { files, libraries, packages, paths_of_wheels, own_files })
}

/// Gives the paths of its files.
fn add_wheel(tree: &mut Tree, libraries: &mut Vec<Library>, wheel: &Wheel) -> Result<Vec<String>> {
    let owner = wheel.filename.to_string();
    let abi = Abi::of(&wheel.filename);
    let (info, files) = wheel.files()?;
    let mut paths = Vec::with_capacity(files.len());
    for (path, bytes) in files {
        let Some(place) = place(wheel, &path)? else { continue };
        if let Some(abi) = abi
            && is_native(&place)
        {
            let place = native::guest_name(&place);
            tree.insert(place.clone(), Vec::new(), &owner)?;
            paths.push(place.clone());
            let (wheel, declared) = (owner.clone(), wheel.declared);
            libraries.push(Library { path: place, wheel, abi, bytes, declared });
            continue;
        }
        if is_native(&place) {
            return Err(Error::new(format!("`{owner}` calls itself pure but holds native code: `{path}`"))
                .help(format!("pin another version of {}, or do without it", wheel.name())));
        }
        if place
            .strip_prefix(STDLIB)
            .is_some_and(|rest| rest.starts_with('/') && !rest.starts_with("/site-packages/"))
        {
            return Err(Error::new(format!("`{owner}` would change the standard library: `{path}`")));
        }
        if place == format!("{SITE_PACKAGES}/{info}/INSTALLER") {
            continue;
        }
        paths.push(place.clone());
        tree.insert(place, bytes, &owner)?;
    }
    let installer = format!("{SITE_PACKAGES}/{info}/INSTALLER");
    paths.push(installer.clone());
    tree.insert(installer, b"eryx\n".to_vec(), &owner)?;
    Ok(paths)
}

/// Where a file of a wheel goes; `None` if it is not installed.
fn place(wheel: &Wheel, path: &str) -> Result<Option<String>> {
    let inside = path.split_once('/').filter(|(folder, _)| wheel.owns_folder(folder, ".data"));
    let place = match inside.map(|(_, rest)| rest.split_once('/').unwrap_or((rest, ""))) {
        None | Some(("purelib" | "platlib", "")) => format!("{SITE_PACKAGES}/{path}"),
        Some(("purelib" | "platlib", rest)) => format!("{SITE_PACKAGES}/{rest}"),
        Some(("data", rest)) => format!("/usr/{rest}"),
        Some(("scripts" | "headers", _)) => return Ok(None),
        Some((scheme, _)) => {
            return Err(Error::new(format!(
                "`{}` holds files of the unknown kind `{scheme}`: `{path}`",
                wheel.filename
            )));
        }
    };
    Ok((!place.contains("/__pycache__/")).then_some(place))
}

/// Whether a file's name is that of a shared library, which could not be loaded.
pub(crate) fn is_native(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once(".so") {
        Some((stem, rest)) => {
            !stem.is_empty() && rest.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit())
        }
        None => false,
    }
}

/// Files by guest path, with the name of who brought each.
#[derive(Default)]
struct Tree {
    files: BTreeMap<String, (Vec<u8>, String)>,
}

impl Tree {
    fn insert(&mut self, path: String, bytes: Vec<u8>, owner: &str) -> Result<()> {
        match self.files.entry(path) {
            Entry::Vacant(vacant) => {
                vacant.insert((bytes, owner.to_owned()));
                Ok(())
            }
            // Parts of namespace packages often bring the same small file.
            Entry::Occupied(there) if there.get().0 == bytes => Ok(()),
            Entry::Occupied(there) => {
                let first = &there.get().1;
                Err(Error::new(format!(
                    "`{first}` and `{owner}` both bring `{}`, with different contents",
                    there.key()
                ))
                .help("they cannot be used together; do without one of them"))
            }
        }
    }

    /// Nothing may be a file for one and a folder for another.
    fn check_folders(&self) -> Result<()> {
        for (path, (_, owner)) in &self.files {
            for (end, _) in path.match_indices('/').skip(1) {
                if let Some((_, other)) = self.files.get(&path[..end]) {
                    let folder = &path[..end];
                    return Err(Error::new(format!(
                        "`{folder}` is a file in `{other}` and a folder in `{owner}`"
                    ))
                    .help("they cannot be used together; do without one of them"));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
