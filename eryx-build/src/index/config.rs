//! Settings in the configuration files of pip and uv that eryx uses.

use std::path::{Path, PathBuf};

use super::surroundings::{Surroundings, config_home, home};
use crate::bounds;

/// Returns the first result of `pick` on uv's configuration files, with the file's path. The order is: project files,
/// upward from the project's folder, then the user's file, then the system's. `pick` gets the top-level settings first,
/// then the table of `uv pip`.
pub(super) fn uv_setting<T>(
    around: &Surroundings<'_>,
    pick: impl Fn(&toml::Table) -> Option<T>,
) -> Option<(T, PathBuf)> {
    let mut files: Vec<PathBuf> = Vec::new();
    if let Some(file) = (around.var)("UV_CONFIG_FILE") {
        files.push(file.into());
    } else {
        for dir in around.project.into_iter().flat_map(Path::ancestors) {
            // uv.toml wins over the pyproject.toml beside it.
            files.extend([dir.join("uv.toml"), dir.join("pyproject.toml")]);
        }
        files.extend(config_home(around).map(|dir| dir.join("uv/uv.toml")));
        files.extend([around.root.join("etc/xdg/uv/uv.toml"), around.root.join("etc/uv/uv.toml")]);
    }
    files.into_iter().find_map(|path| {
        let text = bounds::text(&path, bounds::DECLARATION_BYTES).ok()?;
        // A broken file is skipped. uv itself reports it.
        let document: toml::Table = text.parse().ok()?;
        let settings = if path.ends_with("pyproject.toml") {
            document.get("tool")?.get("uv")?.as_table()?
        } else {
            &document
        };
        let found = pick(settings).or_else(|| pick(settings.get("pip")?.as_table()?))?;
        Some((found, path))
    })
}

/// Returns the default index, which is asked last.
pub(super) fn uv_default(settings: &toml::Table) -> Option<String> {
    let default =
        uv_indexes(settings).find(|index| is_true(index, "default")).and_then(|index| index.get("url"));
    default.or_else(|| settings.get("index-url"))?.as_str().map(str::to_owned)
}

/// Returns the indexes that are asked before it.
pub(super) fn uv_extra(settings: &toml::Table) -> Option<Vec<String>> {
    let named = uv_indexes(settings)
        .filter(|index| !is_true(index, "default") && !is_true(index, "explicit") && !is_flat(index))
        .filter_map(|index| index.get("url")?.as_str());
    let found: Vec<String> = named.map(str::to_owned).chain(texts(settings, "extra-index-url")).collect();
    (!found.is_empty()).then_some(found)
}

/// Returns folders and pages with files.
pub(super) fn uv_links(settings: &toml::Table) -> Option<Vec<String>> {
    let flat = uv_indexes(settings).filter(|index| is_flat(index) && !is_true(index, "explicit"));
    let flat = flat.filter_map(|index| index.get("url")?.as_str()).map(str::to_owned);
    let found: Vec<String> = flat.chain(texts(settings, "find-links")).collect();
    (!found.is_empty()).then_some(found)
}

fn uv_indexes(settings: &toml::Table) -> impl Iterator<Item = &toml::Value> {
    settings.get("index").and_then(toml::Value::as_array).into_iter().flatten()
}

fn is_true(index: &toml::Value, key: &str) -> bool {
    index.get(key).and_then(toml::Value::as_bool) == Some(true)
}

fn is_flat(index: &toml::Value) -> bool {
    index.get("format").and_then(toml::Value::as_str) == Some("flat")
}

fn texts(settings: &toml::Table, key: &str) -> Vec<String> {
    let list = settings.get(key).and_then(toml::Value::as_array).into_iter().flatten();
    list.filter_map(toml::Value::as_str).map(str::to_owned).collect()
}

/// Returns a setting of pip's configuration files, and its origin. As in pip, later files win over earlier ones, and a
/// command's own section wins over `[global]`.
pub(super) fn pip_setting(around: &Surroundings<'_>, key: &str) -> Option<(String, String)> {
    let given = (around.var)("PIP_CONFIG_FILE");
    if given.as_deref() == Some("/dev/null") {
        return None;
    }
    let mut files: Vec<PathBuf> = given.into_iter().map(PathBuf::from).collect();
    files.extend((around.var)("VIRTUAL_ENV").map(|dir| PathBuf::from(dir).join("pip.conf")));
    files.extend(config_home(around).map(|dir| dir.join("pip/pip.conf")));
    if cfg!(target_os = "macos") {
        files.extend(home(around).map(|home| home.join("Library/Application Support/pip/pip.conf")));
    }
    files.extend(home(around).map(|home| home.join(".pip/pip.conf")));
    files.extend([around.root.join("etc/pip.conf"), around.root.join("etc/xdg/pip/pip.conf")]);
    files.into_iter().find_map(|path| {
        let text = bounds::text(&path, bounds::DECLARATION_BYTES).ok()?;
        let value =
            ["download", "install", "global"].into_iter().find_map(|section| ini(&text, section, key))?;
        Some((value, path.display().to_string()))
    })
}

/// Returns a setting that is a list, with words on one or several lines.
pub(super) fn pip_list(around: &Surroundings<'_>, key: &str) -> Option<(Vec<String>, String)> {
    let (value, origin) = pip_setting(around, key)?;
    Some((value.split_whitespace().map(str::to_owned).collect(), origin))
}

/// Returns a value of an INI file. The syntax is that of Python's configparser: `=` or `:`, continued lines, `-` and
/// `_` equivalent.
fn ini(text: &str, section: &str, key: &str) -> Option<String> {
    let mut inside = false;
    let mut wanted = false;
    let mut value: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if let Some(value) = value.as_mut().filter(|_| wanted) {
                if !value.is_empty() {
                    value.push('\n');
                }
                value.push_str(trimmed);
            }
        } else if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = name == section;
            wanted = false;
        } else if let Some((name, rest)) = trimmed.split_once(['=', ':']) {
            wanted = inside && name.trim().to_lowercase().replace('_', "-") == key;
            if wanted {
                value = Some(rest.trim().to_owned());
            }
        }
    }
    value.filter(|value| !value.is_empty())
}
