//! **assemble**: puts the files of the wheels and the user's own modules at their places in the guest.
//!
//! ```text
//! /usr/lib/python3.14/site-packages/   files that the wheels install
//! /usr/…                               their data files (`.data/data`)
//! /app/                                the user's own modules
//! ```
//!
//! Later steps compile `.pyc` files and pack the tree. The result of this step is the tree that an installer would
//! write, without scripts, which a sandbox cannot start, and without bytecode caches of other interpreters.

mod license;
mod own;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use eryx_rt::bundle::Package;
use eryx_runtime::layout::APP;

use crate::adapt::{Abi, Library, guest_name};
use crate::bounds;
use crate::error::{Error, Result};
use crate::wheel::Wheel;
pub(crate) use crate::wheel::is_native;

/// The files of all wheels and of the user's own modules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SitePackages {
    /// Content by absolute path in the guest.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Native code. In `files`, each library has an empty file at its path: the interpreter finds that file, and then
    /// opens the library that is linked under the path.
    pub libraries: Vec<Library>,
    /// The distributions, sorted by name.
    pub packages: Vec<Package>,
    /// The paths in `files` of each wheel's files, in the order of the wheels.
    pub paths_of_wheels: Vec<Vec<String>>,
    /// The licence texts, by name of the distribution and by path in its metadata.
    pub licenses: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    /// Paths on the host of the user's own modules, sorted. A change of one of them requires a new bundle.
    pub own_files: Vec<PathBuf>,
}

impl SitePackages {
    /// Returns a hash of all paths and contents. Equal files give equal keys, even if they come in different wheels.
    pub fn key(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        for (path, bytes) in &self.files {
            // The lengths mark where a path ends and its content begins.
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

/// Puts the files of the wheels and the user's own modules at their places.
///
/// # Errors
/// When a wheel is broken, or is tagged as pure and contains native code; when two wheels install different contents or
/// native code at one path; or when the folder of modules is missing or contains an entry that is neither a file nor a
/// folder.
pub fn assemble(wheels: &[Wheel], python: Option<&Path>) -> Result<SitePackages> {
    let mut tree = FileTree::default();
    let mut packages = Vec::new();
    let mut libraries = Vec::new();
    let mut licenses = BTreeMap::new();
    let mut paths_of_wheels = Vec::new();
    for wheel in wheels {
        paths_of_wheels.push(add_wheel(&mut tree, &mut libraries, wheel).map_err(|error| {
            if wheel.declared.is_some() { error.blame("packages", wheel.declared) } else { error }
        })?);
        let paths = paths_of_wheels.last().map_or(&[][..], Vec::as_slice);
        let texts = license::paths(&wheel.metadata, paths);
        let texts = texts.into_iter().map(|(name, path)| (name.to_owned(), tree.files[path].0.clone()));
        licenses.insert(wheel.name().to_string(), texts.collect());
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
    Ok(SitePackages { files, libraries, packages, paths_of_wheels, licenses, own_files })
}

/// Adds a wheel's files, and returns their paths.
fn add_wheel(tree: &mut FileTree, libraries: &mut Vec<Library>, wheel: &Wheel) -> Result<Vec<String>> {
    let owner = wheel.filename.to_string();
    let abi = Abi::of(&wheel.filename);
    let mut paths = Vec::new();
    for file in wheel.install()? {
        let path = match abi {
            Some(abi) if file.native => {
                let path = guest_name(&file.place);
                // Both libraries leave an empty file, so the tree would not notice the conflict.
                if let Some(other) = libraries.iter().find(|other| other.path == path) {
                    return Err(Error::new(format!(
                        "`{}` and `{owner}` both bring the native code `{path}`",
                        other.wheel
                    ))
                    .help("they cannot be used together; do without one of them"));
                }
                tree.insert(path.clone(), Vec::new(), &owner)?;
                let (wheel, declared) = (owner.clone(), wheel.declared);
                libraries.push(Library { path: path.clone(), wheel, abi, bytes: file.bytes, declared });
                path
            }
            _ => {
                tree.insert(file.place.clone(), file.bytes, &owner)?;
                file.place
            }
        };
        paths.push(path);
    }
    Ok(paths)
}

/// Files by guest path, each with the name of its origin.
#[derive(Default)]
struct FileTree {
    files: BTreeMap<String, (Vec<u8>, String)>,
    bytes: u64,
}

impl FileTree {
    fn insert(&mut self, path: String, bytes: Vec<u8>, owner: &str) -> Result<()> {
        self.bytes += bytes.len() as u64;
        if self.bytes > bounds::BUNDLE_BYTES {
            let most = bounds::size(bounds::BUNDLE_BYTES);
            return Err(Error::new(format!(
                "the files of all packages are larger than {most}, with `{owner}`"
            ))
            .help("do without some of them"));
        }
        match self.files.entry(path) {
            Entry::Vacant(vacant) => {
                vacant.insert((bytes, owner.to_owned()));
                Ok(())
            }
            // Parts of namespace packages often install the same small file.
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

    /// Checks that no path is a file in one wheel and a folder in another.
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
