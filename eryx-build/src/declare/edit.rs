//! Edits `packages` in the declaration's file. Every other byte stays as it is: order, indentation, comments.

use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::source::shown;
use crate::bounds;
use crate::error::{Context as _, Error, Result};
use crate::replace::replace;

/// The file of a declaration, for changes to its `packages`.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// use eryx_build::declare::Editor;
///
/// let path = dir.path().join("eryx.toml");
/// std::fs::write(&path, "packages = [\n    \"six>=1\", # small\n]\n")?;
/// let mut editor = Editor::open(dir.path())?;
/// editor.add("tabulate>=0.10")?;
/// editor.save()?;
/// assert_eq!(
///     std::fs::read_to_string(&path)?,
///     "packages = [\n    \"six>=1\", # small\n    \"tabulate>=0.10\",\n]\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Editor {
    path: PathBuf,
    document: DocumentMut,
    table: &'static [&'static str],
}

impl Editor {
    /// Opens the declaration in `dir`: its `eryx.toml`, else its `Cargo.toml`, which may still lack a declaration.
    ///
    /// # Errors
    /// When both files are missing, or the file cannot be read.
    pub fn open(dir: &Path) -> Result<Self> {
        let (toml, manifest) = (dir.join("eryx.toml"), dir.join("Cargo.toml"));
        let (path, table): (PathBuf, &'static [&'static str]) =
            if toml.is_file() { (toml, &[]) } else { (manifest, &["package", "metadata", "eryx"]) };
        let text = bounds::text(&path, bounds::DECLARATION_BYTES)
            .context(|| format!("no declaration in `{}` can be changed", dir.display()))?;
        let document =
            text.parse::<DocumentMut>().context(|| format!("`{}` is not valid TOML", shown(&path)))?;
        Ok(Self { path, document, table })
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an item: at its sorted place if the list is sorted, else at the end.
    ///
    /// # Errors
    /// When `packages` is not a list, or a key on its path is not a table.
    pub fn add(&mut self, requirement: &str) -> Result<()> {
        insert(self.packages()?, requirement);
        Ok(())
    }

    /// Removes the item at that index.
    ///
    /// # Errors
    /// When `packages` is not a list, or is too short.
    pub fn remove(&mut self, index: usize) -> Result<()> {
        let packages = self.packages()?;
        if index >= packages.len() {
            return Err(Error::new("the declaration has changed meanwhile").help("try again"));
        }
        take(packages, index);
        Ok(())
    }

    /// Writes the file atomically.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self) -> Result<()> {
        replace(&self.path, &self.document.to_string())
            .context(|| format!("cannot write `{}`", shown(&self.path)))
    }

    fn packages(&mut self) -> Result<&mut Array> {
        let name = shown(&self.path);
        let wrong = |what: &str, kind| Error::new(format!("`{what}` in `{name}` is not {kind}"));
        // The file contains only comments, which stay at the top.
        if self.document.is_empty() {
            let comments = self.document.trailing().as_str().unwrap_or_default().to_owned();
            self.document.set_trailing("");
            self.document["packages"] = toml_edit::value(Array::new());
            if let Some(mut key) = self.document.key_mut("packages") {
                key.leaf_decor_mut().set_prefix(comments);
            }
        }
        let mut table: &mut dyn toml_edit::TableLike = self.document.as_table_mut();
        for (depth, part) in self.table.iter().enumerate() {
            let last = depth + 1 == self.table.len();
            let item = table.entry(part).or_insert_with(|| {
                let mut made = Table::new();
                // Only the last part needs a header.
                made.set_implicit(!last);
                Item::Table(made)
            });
            table = item.as_table_like_mut().ok_or_else(|| wrong(part, "a table"))?;
        }
        let packages = table.entry("packages").or_insert_with(|| Item::Value(Value::Array(Array::new())));
        packages.as_array_mut().ok_or_else(|| wrong("packages", "an array"))
    }
}

/// Splits the text before an item: the first part belongs to the previous item's line, the second consists of the
/// item's own lines.
fn split(prefix: &str) -> (&str, &str) {
    prefix.split_at(prefix.find('\n').unwrap_or(prefix.len()))
}

/// Returns the text before the item at `index`, or before the closing bracket.
fn before(array: &Array, index: usize) -> String {
    let raw = match array.get(index) {
        Some(item) => item.decor().prefix(),
        None => Some(array.trailing()),
    };
    let text = raw.and_then(|raw| raw.as_str()).unwrap_or_default().to_owned();
    // Without a trailing comma, the text after the last item belongs to that item.
    match array.get(index.wrapping_sub(1)).filter(|_| index == array.len() && !array.trailing_comma()) {
        Some(last) => {
            last.decor().suffix().and_then(|raw| raw.as_str()).unwrap_or_default().to_owned() + &text
        }
        None => text,
    }
}

fn set_before(array: &mut Array, index: usize, text: String) {
    match array.get_mut(index) {
        Some(item) => item.decor_mut().set_prefix(text),
        None => array.set_trailing(text),
    }
}

fn insert(array: &mut Array, requirement: &str) {
    let items: Vec<String> =
        array.iter().map(|item| item.as_str().unwrap_or_default().to_lowercase()).collect();
    let new = requirement.to_lowercase();
    let at = if items.is_sorted() { items.partition_point(|item| *item < new) } else { items.len() };
    let multiline = array.iter().any(|item| {
        item.decor().prefix().and_then(|raw| raw.as_str()).is_some_and(|text| text.contains('\n'))
    });
    let text = before(array, at);
    let mut value = Value::from(requirement);
    if !multiline {
        let comma = array.trailing_comma();
        array.insert(at, requirement);
        array.set_trailing_comma(comma);
        return;
    }
    if at == array.len()
        && let Some(last) = array.iter_mut().last()
    {
        last.decor_mut().set_suffix("");
    }
    let (line, own) = split(&text);
    let first = array.get(0).and_then(|item| item.decor().prefix()?.as_str()).unwrap_or_default();
    let indent = first.rsplit('\n').next().unwrap_or("    ").to_owned();
    // A comment after the previous item stays there; lines above the next item stay with that item.
    value.decor_mut().set_prefix(format!("{line}\n{indent}"));
    value.decor_mut().set_suffix("");
    set_before(array, at, if own.is_empty() { "\n".to_owned() } else { own.to_owned() });
    array.insert_formatted(at, value);
    array.set_trailing_comma(true);
}

fn take(array: &mut Array, index: usize) {
    let text = before(array, index);
    let last = index + 1 == array.len();
    let after = before(array, index + 1);
    let comma = array.trailing_comma();
    array.remove(index);
    if text.contains('\n') || after.contains('\n') {
        // The comment after the removed item goes with it. Lines of comments above may concern other items too, so they
        // stay.
        let (line, own) = split(&text);
        let comments = own.rfind('\n').map_or("", |end| &own[..end]);
        let (_, rest) = split(&after);
        set_before(array, index, format!("{line}{comments}{rest}"));
    } else if index == 0 {
        set_before(array, 0, text);
    }
    if last && let Some(item) = array.iter_mut().last() {
        item.decor_mut().set_suffix("");
    }
    array.set_trailing_comma(comma && !array.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, edit: impl FnOnce(&mut Editor)) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("eryx.toml");
        fs_err::write(&path, text).unwrap();
        let mut editor = Editor::open(dir.path()).unwrap();
        edit(&mut editor);
        editor.save().unwrap();
        fs_err::read_to_string(&path).unwrap()
    }

    fn add(text: &str, requirement: &str) -> String {
        edited(text, |editor| editor.add(requirement).unwrap())
    }

    fn remove(text: &str, index: usize) -> String {
        edited(text, |editor| editor.remove(index).unwrap())
    }

    #[test]
    fn items_go_where_they_belong() {
        for (text, new, expected) in [
            ("packages = []\n", "b", "packages = [\"b\"]\n"),
            ("# top\n", "b", "# top\npackages = [\"b\"]\n"),
            ("packages = ['a', 'c'] # two\n", "b", "packages = ['a', \"b\", 'c'] # two\n"),
            ("packages = ['c', 'a']\n", "b", "packages = ['c', 'a', \"b\"]\n"),
            ("packages = [\n  'a',\n  'c',\n]\n", "b", "packages = [\n  'a',\n  \"b\",\n  'c',\n]\n"),
            ("packages = [\n  'a'\n]\n", "b", "packages = [\n  'a',\n  \"b\",\n]\n"),
            (
                "packages = [\n\t'a', # of a\n\t# above c\n\t'c', # of c\n\t# end\n]\n",
                "b",
                "packages = [\n\t'a', # of a\n\t\"b\",\n\t# above c\n\t'c', # of c\n\t# end\n]\n",
            ),
            (
                "packages = [\n  'a', # of a\n  'b' # of b\n]\n",
                "c",
                "packages = [\n  'a', # of a\n  'b', # of b\n  \"c\",\n]\n",
            ),
            (
                "packages = [ # all\n  'b', # of b\n]\n",
                "a",
                "packages = [ # all\n  \"a\",\n  'b', # of b\n]\n",
            ),
        ] {
            assert_eq!(add(text, new), expected, "{text}");
        }
    }

    #[test]
    fn items_go_and_comments_stay() {
        for (text, index, expected) in [
            ("packages = ['a', 'b', 'c']\n", 0, "packages = ['b', 'c']\n"),
            ("packages = ['a', 'b', 'c']\n", 1, "packages = ['a', 'c']\n"),
            ("packages = ['a', 'b', 'c']\n", 2, "packages = ['a', 'b']\n"),
            ("packages = ['a'] # one\n", 0, "packages = [] # one\n"),
            ("packages = [\n  'a',\n  'b',\n]\n", 0, "packages = [\n  'b',\n]\n"),
            ("packages = [\n  'a',\n  'b',\n]\n", 1, "packages = [\n  'a',\n]\n"),
            ("packages = [\n  'a',\n  'b' # of b\n]\n", 1, "packages = [\n  'a'\n]\n"),
            (
                "packages = [\n  # web\n  'a', # of a\n  'b', # of b\n  # end\n]\n",
                0,
                "packages = [\n  # web\n  'b', # of b\n  # end\n]\n",
            ),
            (
                "packages = [\n  # web\n  'a', # of a\n  'b', # of b\n  # end\n]\n",
                1,
                "packages = [\n  # web\n  'a', # of a\n  # end\n]\n",
            ),
        ] {
            assert_eq!(remove(text, index), expected, "{text} {index}");
        }
    }

    #[test]
    fn a_manifest_gets_its_table() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("Cargo.toml");
        fs_err::write(&path, "[package]\nname = 'x'\n\n[dependencies]\n").unwrap();
        let mut editor = Editor::open(dir.path()).unwrap();
        editor.add("six>=1").unwrap();
        editor.save().unwrap();
        let text = fs_err::read_to_string(&path).unwrap();
        assert!(text.contains("[package.metadata.eryx]\npackages = [\"six>=1\"]\n"), "{text}");
        assert!(!text.contains("[package.metadata]\n"), "{text}");
        assert_eq!(super::super::Spec::from_manifest(&path).unwrap().packages, ["six>=1"]);
    }

    #[test]
    fn what_is_no_list_is_not_edited() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Editor::open(dir.path()).is_err());
        fs_err::write(dir.path().join("eryx.toml"), "packages = 3\n").unwrap();
        let error = Editor::open(dir.path()).unwrap().add("six").unwrap_err();
        assert!(error.to_string().contains("`packages` in"), "{error}");
    }
}
