//! The files of a crate as a tree of modules, and the resolution of paths in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::names::{FileNames, NamedPath};

/// A module's path from the crate's root: `["resolve", "solver"]`. The root has none.
pub(crate) type ModulePath = Vec<String>;

/// The files of a crate that are compiled into the library, by their modules.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    files: BTreeMap<ModulePath, SourceFile>,
}

#[derive(Debug)]
struct SourceFile {
    /// Relative to the crate's folder `src`.
    path: PathBuf,
    names: FileNames,
}

/// A path in one module that refers to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) from: ModulePath,
    /// Module that defines the item, after re-exports were followed.
    pub(crate) to: ModulePath,
    /// Module that the path names, which may only re-export the item.
    pub(crate) named: ModulePath,
    /// For example `declare/spec.rs:12: crate::pin::Pin`.
    pub(crate) shown: String,
}

impl Sources {
    /// Reads the modules that `lib.rs` in `folder` declares, and their submodules.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let mut sources = Self::default();
        sources.add(folder, Path::new("lib.rs"), Path::new(""), Vec::new())?;
        Ok(sources)
    }

    fn add(&mut self, folder: &Path, path: &Path, children_in: &Path, module: ModulePath) -> io::Result<()> {
        let text = fs::read_to_string(folder.join(path))?;
        let names = FileNames::read(&text)
            .map_err(|error| io::Error::other(format!("{}: {error}", folder.join(path).display())))?;
        for child in &names.children {
            let inside = children_in.join(child);
            let file = [inside.with_extension("rs"), inside.join("mod.rs")]
                .into_iter()
                .find(|file| folder.join(file).is_file())
                .ok_or_else(|| io::Error::other(format!("no file of module `{}`", inside.display())))?;
            let module = module.iter().cloned().chain([child.clone()]).collect();
            self.add(folder, &file, &inside, module)?;
        }
        self.files.insert(module, SourceFile { path: path.to_owned(), names });
        Ok(())
    }

    /// Returns every module that is a file, with its path.
    pub(crate) fn modules(&self) -> impl Iterator<Item = (&ModulePath, &Path)> {
        self.files.iter().map(|(module, file)| (module, file.path.as_path()))
    }

    /// Returns all references within the crate from one module to another. The root only declares modules and
    /// re-exports items.
    pub(crate) fn references(&self) -> Vec<Reference> {
        let mut references = Vec::new();
        for (module, file) in self.files.iter().filter(|(module, _)| !module.is_empty()) {
            for path in &file.names.used {
                let Some((named, to)) = self.target(module, path) else { continue };
                // Re-exporting an item of a child does not make the module its user.
                if to == *module || (path.handed_on && to.starts_with(module)) {
                    continue;
                }
                let shown = format!("{}:{}: {}", file.path.display(), path.line, path.segments.join("::"));
                references.push(Reference { from: module.clone(), to, named, shown });
            }
        }
        references
    }

    fn target(&self, module: &ModulePath, path: &NamedPath) -> Option<(ModulePath, ModulePath)> {
        // `super` in an inline module leaves that first.
        let inner = path.segments.iter().take(path.inside).take_while(|one| *one == "super").count();
        self.resolve(module, &path.segments[inner..], 0)
    }

    /// Resolves `segments`, written in `module`: the module that they name, and the one that defines the
    /// item.
    fn resolve(
        &self,
        module: &ModulePath,
        segments: &[String],
        depth: usize,
    ) -> Option<(ModulePath, ModulePath)> {
        if depth > 16 {
            return None; // names that refer to each other
        }
        let mut at = module.clone();
        let mut rest = segments;
        while let Some((segment, behind)) = rest.split_first() {
            match segment.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()?),
                name => {
                    let child: ModulePath = at.iter().cloned().chain([name.to_owned()]).collect();
                    if !self.files.contains_key(&child) {
                        let has_it = self.item(&at, name, behind, depth)?;
                        return Some((at, has_it));
                    }
                    at = child;
                }
            }
            rest = behind;
        }
        Some((at.clone(), at))
    }

    /// Returns the module that defines the item `name` of the module `at`, or the target of `behind` in it.
    fn item(&self, at: &ModulePath, name: &str, behind: &[String], depth: usize) -> Option<ModulePath> {
        let names = &self.files.get(at)?.names;
        let Some(path) = names.imported.get(name) else { return Some(at.clone()) };
        let first = path.first()?;
        let is_ours = ["crate", "self", "super"].contains(&first.as_str())
            || names.children.contains(first)
            || (names.imported.contains_key(first) && first != name);
        // Otherwise the path belongs to another crate.
        let whole: Vec<String> = path.iter().chain(behind).cloned().collect();
        if is_ours { self.resolve(at, &whole, depth + 1).map(|(_, to)| to) } else { None }
    }
}
