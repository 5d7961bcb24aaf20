//! Declarations as they were written: keys and values with their places, not yet checked.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::bounds;
use crate::error::{Context as _, Error, Result};

/// One declaration: its name for messages, and its keys in the order of the file.
pub(super) struct KeyTable {
    pub(super) label: String,
    pub(super) entries: Vec<KeyValue>,
}

/// A key with its value.
pub(super) struct KeyValue {
    pub(super) key: String,
    pub(super) place: Option<String>,
    pub(super) item: LocatedValue,
}

/// A value and its place (`Cargo.toml:12:14`).
pub(super) struct LocatedValue {
    pub(super) value: RawValue,
    pub(super) place: Option<String>,
}

/// The values that declarations use. For other values, only the name of their type is kept.
pub(super) enum RawValue {
    Text(String),
    Array(Vec<LocatedValue>),
    Table(Vec<KeyValue>),
    Flag(bool),
    Other(&'static str),
}

impl RawValue {
    /// Returns the type's name for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
            Self::Flag(_) => "a boolean",
            Self::Other(kind) => kind,
        }
    }
}

/// A TOML file, with a short name for messages.
pub(super) struct TomlFile {
    name: String,
    text: String,
    /// Offsets of its lines, because each of many items needs its place.
    lines: Vec<usize>,
}

impl TomlFile {
    pub(super) fn read(path: &Path) -> Result<Self> {
        Self::read_within(path, bounds::DECLARATION_BYTES)
    }

    pub(super) fn read_within(path: &Path, limit: u64) -> Result<Self> {
        let text = bounds::text(path, limit).context(|| format!("cannot read `{}`", path.display()))?;
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Ok(Self { name: shown(path), text, lines })
    }

    /// Returns the name for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the table at the end of `path` (empty: the whole document), called `label` in messages. Returns `None`
    /// if the file has no such table.
    pub(super) fn table(&self, path: &[&str], label: &str) -> Result<Option<KeyTable>> {
        let document = DeTable::parse(&self.text).map_err(|error| {
            let place = error.span().map_or_else(|| self.name.clone(), |span| self.place(span.start));
            Error::new(format!("`{}` is not valid TOML: {} ({place})", self.name, error.message()))
        })?;
        let mut table = document.into_inner();
        for (depth, part) in path.iter().enumerate() {
            let Some(value) = table.remove(*part) else { return Ok(None) };
            let start = value.span().start;
            let DeValue::Table(inner) = value.into_inner() else {
                let name = path[..=depth].join(".");
                return Err(Error::new(format!("`{name}` must be a table ({})", self.place(start))));
            };
            table = inner;
        }
        Ok(Some(KeyTable { label: label.to_owned(), entries: self.entries(table) }))
    }

    /// Parses the whole document into a type of the caller. Unknown keys are ignored.
    pub(super) fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        toml::from_str(&self.text).map_err(|error| {
            let place = error.span().map_or_else(|| self.name.clone(), |span| self.place(span.start));
            Error::new(format!("`{}` cannot be read: {} ({place})", self.name, error.message().trim()))
        })
    }

    fn entries(&self, table: DeTable<'_>) -> Vec<KeyValue> {
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let entry = |(key, value): (toml::Spanned<std::borrow::Cow<'_, str>>, _)| KeyValue {
            place: Some(self.place(key.span().start)),
            key: key.into_inner().into_owned(),
            item: self.item(value),
        };
        entries.into_iter().map(entry).collect()
    }

    fn item(&self, value: toml::Spanned<DeValue<'_>>) -> LocatedValue {
        let place = Some(self.place(value.span().start));
        let value = match value.into_inner() {
            DeValue::String(text) => RawValue::Text(text.into_owned()),
            DeValue::Array(items) => RawValue::Array(items.into_iter().map(|item| self.item(item)).collect()),
            DeValue::Integer(_) => RawValue::Other("an integer"),
            DeValue::Float(_) => RawValue::Other("a float"),
            DeValue::Boolean(flag) => RawValue::Flag(flag),
            DeValue::Datetime(_) => RawValue::Other("a date"),
            DeValue::Table(table) => RawValue::Table(self.entries(table)),
        };
        LocatedValue { value, place }
    }

    /// Returns file, line and column of a byte of the text.
    pub(super) fn place(&self, byte: usize) -> String {
        let line = self.lines.partition_point(|start| *start <= byte).max(1);
        let column = self.text.get(self.lines[line - 1]..byte).unwrap_or_default().chars().count() + 1;
        format!("{}:{line}:{column}", self.name)
    }
}

/// Returns file, line and column, both from 1, of a byte of the file's text.
pub(crate) fn place_of(name: &str, text: &str, byte: usize) -> String {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{name}:{line}:{column}")
}

/// Parses a declaration in JSON. It has no places: its author knows them, and gets key and index instead.
pub(super) fn json(text: &str, label: &str) -> Result<KeyTable> {
    let value: serde_json::Value =
        serde_json::from_str(text).context(|| format!("the declaration of {label} is not valid JSON"))?;
    let serde_json::Value::Object(map) = value else {
        return Err(Error::new(format!("the declaration of {label} must be a JSON object")));
    };
    let entries = map.into_iter().map(|(key, value)| KeyValue { key, place: None, item: json_item(value) });
    Ok(KeyTable { label: label.to_owned(), entries: entries.collect() })
}

fn json_item(value: serde_json::Value) -> LocatedValue {
    use serde_json::Value as Json;
    let value = match value {
        Json::String(text) => RawValue::Text(text),
        Json::Array(items) => RawValue::Array(items.into_iter().map(json_item).collect()),
        Json::Null => RawValue::Other("null"),
        Json::Bool(flag) => RawValue::Flag(flag),
        Json::Number(_) => RawValue::Other("a number"),
        Json::Object(_) => RawValue::Other("an object"),
    };
    LocatedValue { value, place: None }
}

/// Returns the path relative to the working directory if the file is below it, else the path as given.
pub(crate) fn shown(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let short: Option<PathBuf> =
        std::env::current_dir().ok().and_then(|dir| absolute.strip_prefix(dir).ok().map(Path::to_owned));
    short.as_deref().unwrap_or(path).display().to_string()
}
