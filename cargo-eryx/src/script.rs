//! Metadata of a script (PEP 723), and requirements from outside a declaration.
//!
//! ```python
//! # /// script
//! # requires-python = ">=3.12"
//! # dependencies = ["tabulate==0.10.0"]
//! #
//! # [tool.eryx]
//! # imports = ["tabulate"]
//! # ///
//! ```
//!
//! The metadata of an untrusted script may use only the keys that [`trust`](crate::trust) allows.

use std::ffi::OsStr;
use std::path::Path;

use eryx_build::bounds;
use eryx_build::declare::Spec;
use eryx_build::wheel::guest::PYTHON_VERSION;
use eryx_build::{Error, Result};
use pep440_rs::{Version, VersionSpecifiers};
use serde::Deserialize;

use crate::trust::ScriptMetadata;
use crate::uv;

/// A script with metadata.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Script {
    /// Its file name, or `-`.
    pub(crate) name: String,
    pub(crate) spec: Spec,
}

/// The keys of PEP 723. A later version may add keys, and other tools have tables of their own.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Metadata {
    #[serde(default)]
    dependencies: Vec<String>,
    requires_python: Option<String>,
    #[serde(default)]
    tool: toml::Table,
}

impl Script {
    /// Reads the metadata of a script, if it has any. Relative paths in it start from the script's folder;
    /// only a `trusted` script may have paths.
    pub(crate) fn read(source: &str, path: Option<&OsStr>, trusted: bool) -> Result<Option<Self>> {
        let name = path.map_or_else(|| "-".to_owned(), |path| path.to_string_lossy().into_owned());
        let wrong = |what: &str| Error::new(format!("`{name}`: {what}"));
        let Some((line, text)) = block(source).map_err(|()| {
            wrong("there is more than one `# /// script` block").help("join them: a script has one")
        })?
        else {
            return Ok(None);
        };
        let metadata: Metadata = toml::from_str(&text)
            .map_err(|error| wrong("the `# /// script` block does not follow PEP 723").because(error))?;
        if let Some(wanted) = &metadata.requires_python {
            check_python(wanted).map_err(|what| wrong(&what))?;
        }
        if !trusted {
            ScriptMetadata { script: &name, text: &text, line }.check()?;
        }
        let folder = Path::new(path.unwrap_or_default()).parent().unwrap_or(Path::new(""));
        let mut spec = match metadata.tool.get("eryx") {
            None => Spec::new(folder),
            Some(table) => {
                let json = serde_json::to_string(table)
                    .map_err(|error| wrong("[tool.eryx] cannot be read").because(error))?;
                Spec::from_json_of(&format!("[tool.eryx] of `{name}`"), &json, folder)?
            }
        };
        spec.packages.splice(0..0, metadata.dependencies);
        if let Some(toml::Value::Table(uv)) = metadata.tool.get("uv") {
            uv::apply(uv, &mut spec, trusted)
                .map_err(|error| wrong("[tool.uv] cannot be used").because(error))?;
        }
        Ok(Some(Self { name, spec }))
    }
}

/// Returns the TOML text of the one `script` block, and the line it begins at, from 1. Fails if the script
/// has more than one.
fn block(source: &str) -> Result<Option<(usize, String)>, ()> {
    let mut found = None;
    let mut lines = source.lines().zip(1..).peekable();
    while let Some((line, number)) = lines.next() {
        if line != "# /// script" {
            continue;
        }
        let mut content: Vec<&str> = Vec::new();
        while let Some((line, _)) = lines.next_if(|(line, _)| *line == "#" || line.starts_with("# ")) {
            content.push(line);
        }
        // The block ends with the last such line; without an end it is not a block.
        let Some(end) = content.iter().rposition(|line| *line == "# ///") else { continue };
        let text = content[..end].iter().map(|line| line.get(2..).unwrap_or_default().to_owned() + "\n");
        if found.replace((number + 1, text.collect())).is_some() {
            return Err(());
        }
    }
    Ok(found)
}

fn check_python(wanted: &str) -> Result<(), String> {
    let ours = PYTHON_VERSION;
    let specifiers: VersionSpecifiers =
        wanted.parse().map_err(|error| format!("requires-python = \"{wanted}\": {error}"))?;
    let version: Version = ours.parse().map_err(|error| format!("{ours}: {error}"))?;
    if specifiers.contains(&version) {
        return Ok(());
    }
    Err(format!("it requires Python {wanted}, and the sandbox has {ours}"))
}

/// Makes the path in a requirement from the command line relative to the working directory, not to a
/// declaration's folder.
pub(crate) fn from_here(requirement: &str) -> String {
    absolute(requirement, Path::new("."))
}

fn absolute(requirement: &str, folder: &Path) -> String {
    let is_path = requirement.starts_with(['.', '/'])
        || (!requirement.contains([' ', ';', '@', ':']) && requirement.ends_with(".whl"));
    let path = is_path.then(|| std::path::absolute(folder.join(requirement)).ok()).flatten();
    path.and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_else(|| requirement.to_owned())
}

/// Reads the requirements of a `requirements.txt`: one per line, with comments. Refuses its options.
pub(crate) fn requirements(file: &Path) -> Result<Vec<String>> {
    let text = bounds::text(file, bounds::DECLARATION_BYTES)
        .map_err(|error| Error::new("cannot read the requirements").because(error))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut requirements = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line =
            if line.starts_with('#') { "" } else { line.split(" #").next().unwrap_or_default().trim() };
        if line.starts_with('-') || line.ends_with('\\') || line.contains(" --") {
            let place = format!("{}:{}", file.display(), number + 1);
            return Err(Error::new(format!("{place}: options are not read here: `{line}`"))
                .help("leave only requirements in the file, one per line"));
        }
        if !line.is_empty() {
            requirements.push(absolute(line, folder));
        }
    }
    Ok(requirements)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "#!/usr/bin/env python\n# /// script\n# requires-python = \">=3.12\"\n\
        # dependencies = [\n#   \"a==1\",  # why\n#   'b==2',\n# ]\n#\n# [tool.eryx]\n# imports = [\"a\"]\n# ///\n\
        import a\n";

    fn read(source: &str) -> Result<Option<Script>> {
        Script::read(source, Some(OsStr::new("x/s.py")), false)
    }

    fn fails(source: &str) -> String {
        read(source).unwrap_err().to_string()
    }

    #[test]
    fn metadata_is_read() {
        let script = read(SCRIPT).unwrap().unwrap();
        assert_eq!(script.name, "x/s.py");
        assert_eq!(
            (script.spec.packages, script.spec.imports),
            (vec!["a==1".into(), "b==2".into()], vec!["a".into()])
        );
        assert!(script.spec.base_dir.ends_with("x"));
    }

    #[test]
    fn blocks_are_found_as_pep_723_says() {
        assert_eq!(block("import a\n"), Ok(None));
        assert_eq!(block("# /// script\n# a = 1\n"), Ok(None));
        assert_eq!(block("# /// script\n# a = 1\nx = 1\n# ///\n"), Ok(None));
        assert_eq!(
            block("# /// other\n# a = 1\n# ///\n# /// script\n#\n# b = 1\n# ///"),
            Ok(Some((5, "\nb = 1\n".into())))
        );
        // The last end marker counts, so the block may contain an example.
        assert_eq!(
            block("# /// script\n# # a\n# ///\n# b = 1\n# ///\n"),
            Ok(Some((2, "# a\n///\nb = 1\n".into())))
        );
        assert_eq!(block("# /// script\n# ///\n\n# /// script\n# ///\n"), Err(()));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(
            fails("# /// script\n# dependencies = 1\n# ///\n").contains("`x/s.py`: the `# /// script` block")
        );
        assert!(
            fails("# /// script\n# requires-python = '<3.13'\n# ///\n").contains("it requires Python <3.13")
        );
        assert!(
            fails("# /// script\n# requires-python = 'new'\n# ///\n").contains("requires-python = \"new\"")
        );
        let unknown = fails("# /// script\n# [tool.eryx]\n# import = ['a']\n# ///\n");
        assert!(unknown.contains("unknown key `import` in [tool.eryx] of `x/s.py`"), "{unknown}");
    }

    #[test]
    fn paths_start_where_they_are_written() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(
            from_here("./w/a-1-py3-none-any.whl"),
            here.join("w/a-1-py3-none-any.whl").to_str().unwrap()
        );
        for text in
            ["a", "a==1", "a @ https://index.test/a-1-py3-none-any.whl", "a[x]>=1 ; python_version > '3'"]
        {
            assert_eq!(from_here(text), text);
        }
    }

    #[test]
    fn requirements_are_lines() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("r.txt");
        fs_err::write(&file, "# all\na==1\n\nb>=2 # newer\n./c-1-py3-none-any.whl\n").unwrap();
        let wheel = dir.path().join("c-1-py3-none-any.whl");
        assert_eq!(requirements(&file).unwrap(), ["a==1", "b>=2", wheel.to_str().unwrap()]);
        fs_err::write(&file, "a\n-r other.txt\n").unwrap();
        assert!(requirements(&file).unwrap_err().to_string().contains("r.txt:2: options are not read here"));
    }
}
