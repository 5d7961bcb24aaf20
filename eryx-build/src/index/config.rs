//! The few settings of pip's and uv's configuration files that eryx honours.

use std::path::{Path, PathBuf};

use super::discover::{Surroundings, config_home, home};

/// uv's default index, and where that is written: project files first, upward from the project's folder, then the
/// user's file, then the system's.
pub(super) fn uv_index(around: &Surroundings<'_>) -> Option<(String, String)> {
    let mut files: Vec<PathBuf> = Vec::new();
    if let Some(file) = (around.var)("UV_CONFIG_FILE") {
        files.push(file.into());
    } else {
        for dir in around.project.into_iter().flat_map(Path::ancestors) {
            // uv.toml wins over pyproject.toml beside it.
            files.extend([dir.join("uv.toml"), dir.join("pyproject.toml")]);
        }
        files.extend(config_home(around).map(|dir| dir.join("uv/uv.toml")));
        files.extend([around.root.join("etc/xdg/uv/uv.toml"), around.root.join("etc/uv/uv.toml")]);
    }
    files.into_iter().find_map(|path| {
        let text = fs_err::read_to_string(&path).ok()?;
        // A file that uv would refuse is uv's to complain about.
        let document: toml::Table = text.parse().ok()?;
        let settings = if path.ends_with("pyproject.toml") {
            document.get("tool")?.get("uv")?.as_table()?
        } else {
            &document
        };
        Some((uv_default(settings)?, path.display().to_string()))
    })
}

fn uv_default(settings: &toml::Table) -> Option<String> {
    let named = settings.get("index").and_then(toml::Value::as_array).into_iter().flatten();
    let default = named
        .filter(|index| index.get("default").and_then(toml::Value::as_bool) == Some(true))
        .find_map(|index| index.get("url"));
    // `uv pip` has a table of its own settings.
    let older = || settings.get("index-url").or_else(|| settings.get("pip")?.get("index-url"));
    default.or_else(older)?.as_str().map(str::to_owned)
}

/// A setting of pip's configuration files, and where it is written. Later files win over earlier ones as they do
/// for pip, and a command's own section over `[global]`.
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
        let text = fs_err::read_to_string(&path).ok()?;
        let value =
            ["download", "install", "global"].into_iter().find_map(|section| ini(&text, section, key))?;
        Some((value, path.display().to_string()))
    })
}

/// A value of an INI file as Python's configparser reads it: `=` or `:`, continued lines, `-` and `_` alike.
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
            if wanted && value.as_deref().is_some_and(str::is_empty) {
                value = Some(trimmed.to_owned());
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
