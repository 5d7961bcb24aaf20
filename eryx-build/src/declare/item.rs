//! Facts about an item of `packages` that follow from its text alone.

use std::path::Path;

use pep508_rs::PackageName;

use crate::paths;
use crate::wheel::WheelName;

/// Returns the name of an item's distribution, from a requirement or from the file name of a wheel. Returns `None` for
/// a path or URL without a name, and for invalid items.
pub(crate) fn name_of(text: &str) -> Option<PackageName> {
    let text = text.trim();
    let end = text.find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.')));
    let (head, rest) = text.split_at(end.unwrap_or(text.len()));
    let rest = rest.trim_start();
    if text.is_empty() {
        return None;
    }
    if rest.starts_with('@') {
        return PackageName::new(head.to_owned()).ok();
    }
    let file = path_of(text).rsplit(['/', '\\']).next().unwrap_or_default();
    let file = file.split(['#', '?']).next().unwrap_or_default();
    if file.ends_with(".whl") {
        return file.parse::<WheelName>().ok().map(|name| name.name);
    }
    let archive = [".tar.gz", ".tgz", ".zip"].iter().any(|ending| head.ends_with(ending));
    let is_requirement = rest.is_empty() || rest.starts_with(['[', '(', '<', '>', '=', '!', '~', ';']);
    PackageName::new(head.to_owned()).ok().filter(|_| is_requirement && !archive)
}

/// Returns an item that is a path or a URL without its marker.
pub(crate) fn path_of(text: &str) -> &str {
    let text = text.trim();
    let end = text.find(" ;").or_else(|| text.find(".whl;").map(|at| at + ".whl".len()));
    text[..end.unwrap_or(text.len())].trim_end()
}

/// Converts a path relative to `dir` into an item of the declaration in `base_dir`. Absolute paths and URLs stay as
/// they are.
pub fn path_item(path: &str, dir: &Path, base_dir: &Path) -> String {
    if Path::new(path).is_absolute() || path.contains("://") {
        return path.to_owned();
    }
    let relative = paths::relative(&dir.join(path), base_dir);
    if relative.starts_with("../") { relative } else { format!("./{relative}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (text, name) in [
            ("six", Some("six")),
            (" Foo.Bar >= 1 ; python_version > '3'", Some("foo-bar")),
            ("foo[bar]==1", Some("foo")),
            ("foo (>=1)", Some("foo")),
            ("foo @ ./x.whl", Some("foo")),
            ("foo@https://files.test/x.zip", Some("foo")),
            ("./wheels/Small_One-1.0-py3-none-any.whl", Some("small-one")),
            ("small-1.0-py3-none-any.whl;os_name == 'posix'", Some("small")),
            ("https://files.test/small-1.0-py3-none-any.whl#sha256=0", Some("small")),
            ("./folder", None),
            ("folder/inner", None),
            ("small-1.0.tar.gz", None),
            ("https://files.test/small.zip", None),
            ("broken.whl", None),
            ("", None),
            ("six; ", Some("six")),
            ("two words", None),
        ] {
            assert_eq!(name_of(text).map(|name| name.to_string()).as_deref(), name, "{text}");
        }
    }
}
