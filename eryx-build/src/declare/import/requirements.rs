//! `requirements.txt`, as pip reads it.
//!
//! Supported: requirements with markers and `--hash`, paths, URLs, `-r`, `-c`, comments, continued lines. Other options
//! are errors with their line, because a skipped option may be important.

use std::path::Path;

use super::contents::{ImportedContents, ImportedItem};
use super::keys::ImportKeys;
use crate::bounds;
use crate::declare::item::{name_of, path_item, path_of};
use crate::declare::source::shown;
use crate::declare::spec::Spec;
use crate::digest;
use crate::error::{Context as _, Error, Result};
use crate::paths;

/// Reads a file and the files it includes.
pub(super) fn read(path: &Path, spec: &Spec, _: &ImportKeys) -> Result<ImportedContents> {
    let mut found = ImportedContents::default();
    file(path, FileRole::Requirements, &spec.base_dir, 0, &mut found)?;
    // Hashes for only some requirements would give a false sense of security about the others.
    if found.items.iter().any(|item| !item.hashes.is_empty())
        && let Some(bare) = found.items.iter().find(|item| item.hashes.is_empty())
    {
        return Err(Error::new(format!("`{}` has no --hash, while others have one", bare.text))
            .at(&bare.place)
            .help("give it one, or remove all"));
    }
    Ok(found)
}

/// The meaning of a file's lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FileRole {
    Requirements,
    Constraints,
}

/// `depth` is the number of files that include this one, directly or indirectly.
fn file(
    path: &Path,
    kind: FileRole,
    base_dir: &Path,
    depth: usize,
    found: &mut ImportedContents,
) -> Result<()> {
    if found.files.iter().any(|read| read == path) {
        return Ok(());
    }
    let name = shown(path);
    if depth > bounds::INCLUDE_DEPTH {
        return Err(Error::new(format!(
            "`{name}` is included through more than {} other files",
            bounds::INCLUDE_DEPTH
        ))
        .help("write its requirements into one of them"));
    }
    if found.files.len() >= bounds::INCLUDED_FILES {
        return Err(Error::new(format!("more than {} files are included", bounds::INCLUDED_FILES))
            .help("join some of them"));
    }
    let text = bounds::text(path, bounds::DECLARATION_BYTES).context(|| format!("cannot read `{name}`"))?;
    found.files.push(path.to_owned());
    let dir = path.parent().unwrap_or(Path::new("."));
    for (number, line) in logical_lines(text.trim_start_matches('\u{feff}')) {
        let place = format!("{name}:{number}");
        if found.items.len() + found.constraints.len() > bounds::ITEMS {
            return Err(Error::new(format!("there are more than {} requirements", bounds::ITEMS)).at(&place));
        }
        read_line(&line, &place, (dir, base_dir), kind, depth, found).map_err(|(error, own)| {
            // Errors of an included file already have their place.
            if own { error.at(&place) } else { error }
        })?;
    }
    Ok(())
}

fn read_line(
    line: &str,
    place: &str,
    (dir, base_dir): (&Path, &Path),
    kind: FileRole,
    depth: usize,
    found: &mut ImportedContents,
) -> Result<(), (Error, bool)> {
    let own = |error: Error| (error, true);
    if line.contains("${") {
        return Err(
            own(Error::new("environment variables are not filled in").help("write the value itself")),
        );
    }
    let includes = [(["-r", "--requirement"], kind), (["-c", "--constraint"], FileRole::Constraints)];
    for (names, kind) in includes {
        if let Some(path) = names.iter().find_map(|name| option(line, name)) {
            if path.contains("://") {
                return Err(own(
                    Error::new(format!("`{line}` is a file of another machine")).help("download it")
                ));
            }
            let path = paths::normal(&dir.join(path));
            return file(&path, kind, base_dir, depth + 1, found).map_err(|error| (error, false));
        }
    }
    if line == "--require-hashes" {
        return Ok(());
    }
    if line.starts_with('-') {
        let name = line.split([' ', '=']).next().unwrap_or(line);
        let error = Error::new(format!("the option `{name}` is not supported"));
        return Err(own(match name {
            "-e" | "--editable" => error.help("a bundle holds copies: write the path without it"),
            "-i" | "--index-url" | "--extra-index-url" | "-f" | "--find-links" => error.help(format!(
                "remove the line; indexes are set for the whole machine, or with `cargo eryx {name}`"
            )),
            _ => error.help("remove it"),
        }));
    }
    let (text, hashes) = split_hashes(line).map_err(own)?;
    let is_path = name_of(&text).is_none() || text.starts_with('.') || ends_as_wheel(&text);
    let text = if is_path { path_item(&text, dir, base_dir) } else { text };
    let item = ImportedItem { text, place: place.to_owned(), hashes };
    match kind {
        FileRole::Requirements => found.items.push(item),
        FileRole::Constraints => found.constraints.push(item),
    }
    Ok(())
}

fn ends_as_wheel(text: &str) -> bool {
    let path = path_of(text);
    path.ends_with(".whl") && !path.contains('@')
}

/// Returns the value of an option on its own line: `-r x`, `-rx`, `--requirement x`, `--requirement=x`.
fn option<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(name)?;
    let separated = rest.starts_with([' ', '\t', '=']);
    let attached = !name.starts_with("--") && !rest.is_empty();
    (separated || attached).then(|| rest.trim_start_matches(['=', ' ', '\t']).trim())
}

/// Splits a line into the requirement and the hashes among its options.
fn split_hashes(line: &str) -> Result<(String, Vec<String>)> {
    let mut words = line.split_whitespace().peekable();
    let (mut text, mut hashes, mut options) = (Vec::new(), Vec::new(), false);
    while let Some(word) = words.next() {
        let hash = match word.strip_prefix("--hash") {
            Some("") => words.next().map(str::to_owned),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if let Some(hash) = hash {
            options = true;
            let digest = hash.strip_prefix("sha256:").map(str::to_ascii_lowercase);
            hashes.push(digest.filter(|digest| digest::is_sha256(digest)).ok_or_else(|| {
                Error::new(format!("`{hash}` is not a hash that eryx checks"))
                    .help("write --hash=sha256:… in hex")
            })?);
        } else if word.starts_with("--") {
            return Err(Error::new(format!("the option `{word}` is not supported")).help("remove it"));
        } else if options {
            return Err(Error::new(format!("`{word}` follows an option"))
                .help("write the requirement at the start of its line"));
        } else {
            text.push(word);
        }
    }
    Ok((text.join(" "), hashes))
}

/// Returns lines with their numbers: joined after a trailing backslash, without comments, without empty lines.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in (1..).zip(text.lines()) {
        let (line, comment) = without_comment(line);
        // A commented-out backslash does not continue the line.
        let continued = line.strip_suffix('\\').filter(|_| !comment);
        match lines.last_mut().filter(|_| open) {
            Some((_, whole)) => {
                whole.push_str(continued.unwrap_or(line));
            }
            None => lines.push((number, continued.unwrap_or(line).to_owned())),
        }
        open = continued.is_some();
    }
    let trimmed = lines.into_iter().map(|(number, line)| (number, line.trim().to_owned()));
    trimmed.filter(|(_, line)| !line.is_empty()).collect()
}

/// Returns the line before a comment, and whether it had one. A `#` starts a comment at the start of the line or after
/// a space.
fn without_comment(line: &str) -> (&str, bool) {
    let starts = |at: usize| at == 0 || line[..at].ends_with([' ', '\t']);
    match line.match_indices('#').find(|(at, _)| starts(*at)) {
        Some((at, _)) => (&line[..at], true),
        None => (line.trim_end(), false),
    }
}
