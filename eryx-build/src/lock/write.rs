//! Writes the lock: sorted, one value per line, so that a change of one package is a small diff.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use toml_edit::{InlineTable, Value};

use super::lock_file::{LockFile, VERSION};
use super::section::Section;
use crate::error::{Context as _, Result};
use crate::paths;
use crate::pin::{Pin, PinSource, PinnedFile};
use crate::replace::replace;

const HEADER: &str = "\
# Which files the packages of each bundle are. Written by eryx, not by hand; belongs into version control.
# `cargo eryx lock --upgrade` takes newer versions.
";

impl LockFile {
    /// Returns the file's text, which is always the same for the same content. `dir` is the folder it will be in.
    pub fn to_text(&self, dir: &Path) -> String {
        text(self, dir)
    }

    /// Writes the file atomically. A file that already has this content stays untouched.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        save(self, path).context(|| format!("cannot write `{}`", path.display()))
    }
}

pub(super) fn text(lock: &LockFile, dir: &Path) -> String {
    let mut text = format!("{HEADER}version = {VERSION}\n");
    for (name, section) in &lock.sections {
        bundle(&mut text, name, section, dir);
    }
    text
}

fn bundle(text: &mut String, name: &str, section: &Section, dir: &Path) {
    let _ = write!(text, "\n[[bundle]]\n");
    line(text, "name", name);
    line(text, "python", &*section.python);
    let asked = &section.asked;
    list(text, "requirements", &asked.requirements);
    list(text, "constraints", &asked.constraints);
    if asked.prereleases {
        line(text, "prereleases", true);
    }
    if let Some(time) = &asked.exclude_newer {
        line(text, "exclude-newer", &**time);
    }
    let mut pins: Vec<&Pin> = section.pins.iter().collect();
    pins.sort_by(|one, other| one.name.cmp(&other.name));
    for pin in pins {
        package(text, pin, section, dir);
    }
}

fn package(text: &mut String, pin: &Pin, section: &Section, dir: &Path) {
    let _ = write!(text, "\n[[bundle.package]]\n");
    line(text, "name", pin.name.as_ref());
    line(text, "version", pin.version.to_string());
    let source = match &pin.source {
        PinSource::Index(_) => None,
        PinSource::Url(url, _) => Some(("url", url.to_string())),
        PinSource::Path(path, _) => Some(("path", paths::relative(path, dir))),
        PinSource::Folder(path) => Some(("folder", paths::relative(path, dir))),
    };
    if let Some((kind, place)) = source {
        line(text, "source", InlineTable::from_iter([(kind, place)]));
    }
    if let Some(file) = pin.source.file() {
        line(text, "file", &*file.filename);
        if let Some(size) = file.size {
            line(text, "size", number(size));
        }
        line(text, "sha256", &*file.sha256);
    }
    if let Some(hash) = section.folders.get(&pin.name) {
        line(text, "metadata", &**hash);
    }
    if let Some(built) = &pin.built {
        line(text, "built", inline(built));
    }
    let dependencies: Vec<String> = pin.dependencies.iter().map(ToString::to_string).collect();
    list(text, "dependencies", &dependencies);
}

fn inline(file: &PinnedFile) -> InlineTable {
    let mut table = InlineTable::from_iter([("file", Value::from(&*file.filename))]);
    if let Some(size) = file.size {
        table.insert("size", number(size).into());
    }
    table.insert("sha256", (&*file.sha256).into());
    table
}

/// Converts a size to TOML's signed integers, which are large enough for any file.
fn number(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

fn line(text: &mut String, key: &str, value: impl Into<Value>) {
    let _ = writeln!(text, "{key} = {}", value.into());
}

fn list(text: &mut String, key: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(text, "{key} = [");
    for item in items {
        let _ = writeln!(text, "    {},", Value::from(&**item));
    }
    text.push_str("]\n");
}

/// Writes the file unless it already has this content. An untouched file keeps its modification time, by which cargo
/// decides what to rebuild.
pub(super) fn save(lock: &LockFile, path: &Path) -> io::Result<()> {
    let text = text(lock, path.parent().unwrap_or(Path::new(".")));
    if fs_err::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    replace(path, &text)
}
