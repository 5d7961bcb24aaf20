//! `pyproject.toml`: the dependencies of a project (PEP 621), its extras, and dependency groups (PEP 735).

use std::path::Path;

use pep508_rs::PackageName;

use super::contents::{ImportedContents, ImportedItem};
use super::keys::ImportKeys;
use crate::declare::item::name_of;
use crate::declare::source::{KeyTable, KeyValue, LocatedValue, RawValue, TomlFile};
use crate::declare::spec::Spec;
use crate::declare::suggestion::suggest;
use crate::error::{Error, Result};
use crate::wheel::guest;

/// Reads `project.dependencies`, and the extras and groups that the keys name.
pub(super) fn read(path: &Path, spec: &Spec, keys: &ImportKeys) -> Result<ImportedContents> {
    let file = TomlFile::read(path)?;
    let name = file.name().to_owned();
    let root =
        file.table(&[], &name)?.unwrap_or_else(|| KeyTable { label: String::new(), entries: Vec::new() });
    let project = ProjectTable { name, root };
    let mut found = ImportedContents { files: vec![path.to_owned()], ..ImportedContents::default() };
    match project.table(&["project"]) {
        Some(table) => project.dependencies(table, &mut found)?,
        // A file with only groups is common. But a file with dependencies of another tool must not count as empty.
        None if keys.groups.is_empty() => {
            return Err(Error::new(format!("`{}` has no [project] table", project.name)).help(
                "eryx reads `dependencies` of [project], and the [dependency-groups] that `groups` names",
            ));
        }
        None => {}
    }
    for (index, extra) in keys.extras.iter().enumerate() {
        project
            .extra(extra, &mut Vec::new(), &mut found)
            .map_err(|error| spec.placed(error, "extras", Some(index)))?;
    }
    for (index, group) in keys.groups.iter().enumerate() {
        project
            .group(group, &mut Vec::new(), &mut found)
            .map_err(|error| spec.placed(error, "groups", Some(index)))?;
    }
    project.check_sources(&found)?;
    Ok(found)
}

struct ProjectTable {
    name: String,
    root: KeyTable,
}

impl ProjectTable {
    fn table(&self, path: &[&str]) -> Option<&[KeyValue]> {
        let mut entries = self.root.entries.as_slice();
        for part in path {
            match entry(entries, part)? {
                RawValue::Table(inner) => entries = inner,
                _ => return None,
            }
        }
        Some(entries)
    }

    fn dependencies(&self, project: &[KeyValue], found: &mut ImportedContents) -> Result<()> {
        if let Some(RawValue::Text(needs)) = entry(project, "requires-python")
            && !guest::accepts(Some(needs))
        {
            return Err(Error::new(format!(
                "`{}` needs Python {needs}; the sandbox runs Python {}",
                self.name,
                guest::PYTHON_VERSION
            ))
            .help("widen its requires-python"));
        }
        if let Some(RawValue::Array(dynamic)) = entry(project, "dynamic")
            && dynamic
                .iter()
                .any(|item| matches!(&item.value, RawValue::Text(text) if text == "dependencies"))
        {
            return Err(Error::new(format!("the dependencies of `{}` are dynamic", self.name))
                .help("only its build backend knows them: write them in the file, or in `packages`"));
        }
        if let Some(item) = project.iter().find(|entry| entry.key == "dependencies") {
            let items = self.texts("dependencies", &item.item)?;
            found.items.extend(items);
        }
        Ok(())
    }

    /// Adds the requirements of an extra. A requirement on the project itself stands for further extras.
    fn extra(&self, extra: &str, open: &mut Vec<String>, found: &mut ImportedContents) -> Result<()> {
        let node = self.named(&["project", "optional-dependencies"], "extra", extra)?;
        if open.contains(&normal(extra)) {
            return Ok(());
        }
        open.push(normal(extra));
        let own = match self.table(&["project"]).and_then(|project| entry(project, "name")) {
            Some(RawValue::Text(name)) => PackageName::new(name.clone()).ok(),
            _ => None,
        };
        for item in self.texts(extra, node)? {
            let inner = own.as_ref().filter(|own| name_of(&item.text).as_ref() == Some(*own));
            match inner.and_then(|_| item.text.split_once('[')?.1.split_once(']')) {
                Some((extras, _)) => {
                    for extra in extras.split(',') {
                        self.extra(extra.trim(), open, found)?;
                    }
                }
                None => found.items.push(item),
            }
        }
        Ok(())
    }

    /// Adds the requirements of a dependency group and of the groups it includes.
    fn group(&self, group: &str, open: &mut Vec<String>, found: &mut ImportedContents) -> Result<()> {
        let node = self.named(&["dependency-groups"], "group", group)?;
        if open.contains(&normal(group)) {
            let ring = format!("the group `{group}` of `{}` includes itself", self.name);
            return Err(Error::new(ring).help("remove one of the includes"));
        }
        let RawValue::Array(items) = &node.value else { return Err(self.not_a_list(group, node)) };
        open.push(normal(group));
        for item in items {
            match &item.value {
                RawValue::Text(text) => found.items.push(self.item(text, item)),
                RawValue::Table(entries) => match entry(entries, "include-group") {
                    Some(RawValue::Text(inner)) => self.group(inner, open, found)?,
                    _ => return Err(self.placed(Error::new("only `include-group` is known here"), item)),
                },
                _ => return Err(self.not_a_list(group, item)),
            }
        }
        open.pop();
        Ok(())
    }

    fn named(&self, path: &[&str], what: &str, name: &str) -> Result<&LocatedValue> {
        let entries = self.table(path).unwrap_or_default();
        entries.iter().find(|entry| normal(&entry.key) == normal(name)).map(|entry| &entry.item).ok_or_else(
            || {
                let names: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
                let error = Error::new(format!("`{}` has no {what} `{name}`", self.name));
                match suggest(name, &names) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None if names.is_empty() => error.help(format!("it has no [{}]", path.join("."))),
                    None => error.help(format!("it has: {}", names.join(", "))),
                }
            },
        )
    }

    /// Refuses requirements that another tool would take from a special source: an index must not replace that source
    /// silently.
    fn check_sources(&self, found: &ImportedContents) -> Result<()> {
        for source in self.table(&["tool", "uv", "sources"]).unwrap_or_default() {
            let name = PackageName::new(source.key.clone()).ok();
            if found.items.iter().any(|item| name.is_some() && name_of(&item.text) == name) {
                let error = Error::new(format!(
                    "{} has a source in [tool.uv.sources], which eryx does not read",
                    source.key
                ));
                let error =
                    error.help(format!("write it as a requirement: \"{} @ PATH OR URL\"", source.key));
                return Err(self.placed(error, &source.item));
            }
        }
        Ok(())
    }

    fn texts(&self, key: &str, node: &LocatedValue) -> Result<Vec<ImportedItem>> {
        let RawValue::Array(items) = &node.value else { return Err(self.not_a_list(key, node)) };
        let text = |item: &LocatedValue| match &item.value {
            RawValue::Text(text) => Ok(self.item(text, item)),
            _ => Err(self.not_a_list(key, item)),
        };
        items.iter().map(text).collect()
    }

    fn item(&self, text: &str, node: &LocatedValue) -> ImportedItem {
        let place = node.place.clone().unwrap_or_else(|| self.name.clone());
        ImportedItem { text: text.to_owned(), place, hashes: Vec::new() }
    }

    fn not_a_list(&self, key: &str, node: &LocatedValue) -> Error {
        self.placed(Error::new(format!("`{key}` must be an array of strings")), node)
    }

    fn placed(&self, error: Error, node: &LocatedValue) -> Error {
        error.at(node.place.as_deref().unwrap_or(&self.name))
    }
}

fn entry<'a>(entries: &'a [KeyValue], key: &str) -> Option<&'a RawValue> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.item.value)
}

/// Normalises names of extras and groups as package names are normalised.
fn normal(name: &str) -> String {
    PackageName::new(name.to_owned()).map_or_else(|_| name.to_owned(), |name| name.to_string())
}
