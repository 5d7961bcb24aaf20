//! The files of a crate as a tree of modules, and what paths in them stand for.

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

/// A path of one module that stands for something in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) from: ModulePath,
    /// Module that has the item, after re-exports were followed.
    pub(crate) to: ModulePath,
    /// Module that the path names, which may only hand the item on.
    pub(crate) named: ModulePath,
    /// As in `declare/spec.rs:12: crate::pin::Pin`.
    pub(crate) shown: String,
}

impl Sources {
    /// Reads the modules that `lib.rs` in `folder` declares, and theirs.
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

    /// Every module that is a file, with its path.
    pub(crate) fn modules(&self) -> impl Iterator<Item = (&ModulePath, &Path)> {
        self.files.iter().map(|(module, file)| (module, file.path.as_path()))
    }

    /// Everything in the crate that one module names of another. The root only declares modules and hands items on.
    pub(crate) fn references(&self) -> Vec<Reference> {
        let mut references = Vec::new();
        for (module, file) in self.files.iter().filter(|(module, _)| !module.is_empty()) {
            for path in &file.names.used {
                let Some((named, to)) = self.target(module, path) else { continue };
                // What a module hands on of its children makes it no user of them.
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
        // `super` in an inline module leads out of that first.
        let inner = path.segments.iter().take(path.inside).take_while(|one| *one == "super").count();
        self.resolve(module, &path.segments[inner..], 0)
    }

    /// The module that `segments`, written in `module`, names, and the one that has the item.
    fn resolve(
        &self,
        module: &ModulePath,
        segments: &[String],
        depth: usize,
    ) -> Option<(ModulePath, ModulePath)> {
        if depth > 16 {
            return None; // names that stand for each other
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

    /// The module that has the item `name` of the module `at`, or what `behind` leads to in it.
    fn item(&self, at: &ModulePath, name: &str, behind: &[String], depth: usize) -> Option<ModulePath> {
        let names = &self.files.get(at)?.names;
        let Some(path) = names.imported.get(name) else { return Some(at.clone()) };
        let first = path.first()?;
        let is_ours = ["crate", "self", "super"].contains(&first.as_str())
            || names.children.contains(first)
            || (names.imported.contains_key(first) && first != name);
        // Else it is of another crate.
        let whole: Vec<String> = path.iter().chain(behind).cloned().collect();
        if is_ours { self.resolve(at, &whole, depth + 1).map(|(_, to)| to) } else { None }
    }
}
