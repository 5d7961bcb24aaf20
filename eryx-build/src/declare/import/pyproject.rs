//! `pyproject.toml`: the dependencies of a project (PEP 621), its extras, and dependency groups (PEP 735).

use std::path::Path;

use pep508_rs::PackageName;

use super::{Found, Item, Keys};
use crate::declare::source::{Entry, Item as Node, Table, TomlFile, Value};
use crate::declare::{Spec, suggest};
use crate::error::{Error, Result};
use crate::wheel::guest;

/// Reads `project.dependencies`, the extras that `extras` names and the groups that `groups` names.
pub(super) fn read(path: &Path, spec: &Spec, keys: &Keys) -> Result<Found> {
    let file = TomlFile::read(path)?;
    let name = file.name().to_owned();
    let root = file.table(&[], &name)?.unwrap_or_else(|| Table { label: String::new(), entries: Vec::new() });
    let project = Project { name, root };
    let mut found = Found { files: vec![path.to_owned()], ..Found::default() };
    match project.table(&["project"]) {
        Some(table) => project.dependencies(table, &mut found)?,
        // A file of groups alone is a common thing; one of another tool's dependencies must not pass for empty.
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

struct Project {
    name: String,
    root: Table,
}

impl Project {
    fn table(&self, path: &[&str]) -> Option<&[Entry]> {
        let mut entries = self.root.entries.as_slice();
        for part in path {
            match entry(entries, part)? {
                Value::Table(inner) => entries = inner,
                _ => return None,
            }
        }
        Some(entries)
    }

    fn dependencies(&self, project: &[Entry], found: &mut Found) -> Result<()> {
        if let Some(Value::Text(needs)) = entry(project, "requires-python")
            && !guest::accepts(Some(needs))
        {
            return Err(Error::new(format!(
                "`{}` needs Python {needs}; the sandbox runs Python {}",
                self.name,
                guest::PYTHON_VERSION
            ))
            .help("widen its requires-python"));
        }
        if let Some(Value::Array(dynamic)) = entry(project, "dynamic")
            && dynamic.iter().any(|item| matches!(&item.value, Value::Text(text) if text == "dependencies"))
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

    /// The requirements of an extra. One that names the project itself stands for other extras of it.
    fn extra(&self, extra: &str, open: &mut Vec<String>, found: &mut Found) -> Result<()> {
        let node = self.named(&["project", "optional-dependencies"], "extra", extra)?;
        if open.contains(&normal(extra)) {
            return Ok(());
        }
        open.push(normal(extra));
        let own = match self.table(&["project"]).and_then(|project| entry(project, "name")) {
            Some(Value::Text(name)) => PackageName::new(name.clone()).ok(),
            _ => None,
        };
        for item in self.texts(extra, node)? {
            let inner = own.as_ref().filter(|own| crate::declare::name_of(&item.text).as_ref() == Some(*own));
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

    /// The requirements of a dependency group, with those of the groups it includes.
    fn group(&self, group: &str, open: &mut Vec<String>, found: &mut Found) -> Result<()> {
        let node = self.named(&["dependency-groups"], "group", group)?;
        if open.contains(&normal(group)) {
            let ring = format!("the group `{group}` of `{}` includes itself", self.name);
            return Err(Error::new(ring).help("break the ring"));
        }
        let Value::Array(items) = &node.value else { return Err(self.not_a_list(group, node)) };
        open.push(normal(group));
        for item in items {
            match &item.value {
                Value::Text(text) => found.items.push(self.item(text, item)),
                Value::Table(entries) => match entry(entries, "include-group") {
                    Some(Value::Text(inner)) => self.group(inner, open, found)?,
                    _ => return Err(self.placed(Error::new("only `include-group` is known here"), item)),
                },
                _ => return Err(self.not_a_list(group, item)),
            }
        }
        open.pop();
        Ok(())
    }

    fn named(&self, path: &[&str], what: &str, name: &str) -> Result<&Node> {
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

    /// Sources that another tool would take a package from must not be replaced by an index in silence.
    fn check_sources(&self, found: &Found) -> Result<()> {
        for source in self.table(&["tool", "uv", "sources"]).unwrap_or_default() {
            let name = PackageName::new(source.key.clone()).ok();
            if found.items.iter().any(|item| name.is_some() && crate::declare::name_of(&item.text) == name) {
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

    fn texts(&self, key: &str, node: &Node) -> Result<Vec<Item>> {
        let Value::Array(items) = &node.value else { return Err(self.not_a_list(key, node)) };
        let text = |item: &Node| match &item.value {
            Value::Text(text) => Ok(self.item(text, item)),
            _ => Err(self.not_a_list(key, item)),
        };
        items.iter().map(text).collect()
    }

    fn item(&self, text: &str, node: &Node) -> Item {
        let place = node.place.clone().unwrap_or_else(|| self.name.clone());
        Item { text: text.to_owned(), place, hashes: Vec::new() }
    }

    fn not_a_list(&self, key: &str, node: &Node) -> Error {
        self.placed(Error::new(format!("`{key}` must be an array of strings")), node)
    }

    fn placed(&self, error: Error, node: &Node) -> Error {
        error.at(node.place.as_deref().unwrap_or(&self.name))
    }
}

fn entry<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Value> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.item.value)
}

/// Names of extras and groups are compared as those of packages are.
fn normal(name: &str) -> String {
    PackageName::new(name.to_owned()).map_or_else(|_| name.to_owned(), |name| name.to_string())
}
