//! Restricts the metadata of an untrusted script.
//!
//! The host acts on the metadata before any sandbox exists: it reads files and sends requests on the script's
//! behalf. So the metadata may have project names, versions and similar values, but no location: no path, no
//! URL, no index. All packages then come from the index that the user has configured, and their code runs
//! only inside the sandbox.

use eryx_build::resolve::check_named;
use eryx_build::{Error, Result};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The flag that lifts the restriction.
pub(crate) const FLAG: &str = "--trust-script";

/// Keys of `[tool.eryx]` that only affect code inside the sandbox.
const SAFE: &[&str] = &[
    "name",
    "packages",
    "constraints",
    "prereleases",
    "exclude-newer",
    "imports",
    "cpu",
    "fuel",
    "compression",
    "stdlib",
    "fuse",
];

/// Keys of `[tool.eryx]` with effects outside the sandbox, and why they are refused.
const UNSAFE: &[(&str, &str)] = &[
    ("requirements", READS),
    ("pyproject", READS),
    ("pylock", READS),
    ("extras", "it selects from a file of this machine"),
    ("groups", "it selects from a file of this machine"),
    ("python", "it names a folder of this machine to copy"),
    ("index-url", ASKS),
    ("extra-index-urls", ASKS),
    ("find-links", ASKS),
    ("build-wall-time", COSTS),
    ("build-cpu-time", COSTS),
    ("build-memory", COSTS),
];

const READS: &str = "it names a file of this machine to read";
const ASKS: &str = "it decides which servers and folders packages come from";
const COSTS: &str = "it changes the limits of the build";

/// Keys of `[tool.uv]` that eryx honours.
pub(crate) const UV: &[&str] = &["exclude-newer", "prerelease", "constraint-dependencies"];

/// Keys of `[tool.uv]` that eryx honours when the script is trusted.
pub(crate) const UV_TRUSTED: &[&str] = &["index-url", "extra-index-url", "find-links", "index"];

/// The text of a script's metadata, and its position.
pub(crate) struct ScriptMetadata<'a> {
    /// Name of the script, for messages.
    pub(crate) script: &'a str,
    /// The TOML.
    pub(crate) text: &'a str,
    /// The script's line, from 1, on which the TOML begins.
    pub(crate) line: usize,
}

impl ScriptMetadata<'_> {
    /// Refuses every key or value that reaches further than the sandbox and the configured index.
    ///
    /// # Errors
    /// The key, its line, the reason, and the next step.
    pub(crate) fn check(&self) -> Result<()> {
        // The reader of the metadata reports invalid TOML and wrong types.
        let Ok(document) = DeTable::parse(self.text) else { return Ok(()) };
        let document = document.get_ref();
        if let Some(list) = value(document, "dependencies") {
            self.named("dependencies", list)?;
        }
        let Some(DeValue::Table(tool)) = value(document, "tool").map(Spanned::get_ref) else { return Ok(()) };
        if let Some(DeValue::Table(keys)) = value(tool, "eryx").map(Spanned::get_ref) {
            self.eryx(keys)?;
        }
        if let Some(DeValue::Table(keys)) = value(tool, "uv").map(Spanned::get_ref) {
            self.uv(keys)?;
        }
        Ok(())
    }

    fn eryx(&self, keys: &DeTable<'_>) -> Result<()> {
        for (key, value) in keys {
            let name = key.get_ref().as_ref();
            if let Some((_, why)) = UNSAFE.iter().find(|(other, _)| *other == name) {
                return Err(self.refused(&format!("`{name}` in [tool.eryx]"), why, key.span().start));
            }
            // The declaration's reader reports unknown keys, with a suggestion.
            if matches!(name, "packages" | "constraints") {
                self.named(name, value)?;
            }
            debug_assert!(SAFE.contains(&name) || !eryx_build::declare::is_key(name), "{name} is not judged");
        }
        Ok(())
    }

    fn uv(&self, keys: &DeTable<'_>) -> Result<()> {
        for (key, value) in keys {
            let name = key.get_ref().as_ref();
            let why = match name {
                "sources" => "it names sources of packages other than the index",
                _ if UV_TRUSTED.contains(&name) => ASKS,
                _ if UV.contains(&name) => {
                    if name == "constraint-dependencies" {
                        self.named(name, value)?;
                    }
                    continue;
                }
                _ => "eryx does not support it",
            };
            return Err(self.refused(&format!("`{name}` in [tool.uv]"), why, key.span().start));
        }
        Ok(())
    }

    /// Refuses list items that are not project names.
    fn named(&self, key: &str, list: &Spanned<DeValue<'_>>) -> Result<()> {
        let DeValue::Array(items) = list.get_ref() else { return Ok(()) };
        for item in items {
            if let DeValue::String(text) = item.get_ref() {
                check_named(text).map_err(|error| {
                    let what = format!("`{text}` in `{key}`");
                    self.refused(&what, "it is not the name of a project", item.span().start).because(error)
                })?;
            }
        }
        Ok(())
    }

    fn refused(&self, what: &str, why: &str, byte: usize) -> Error {
        let line = self.line + self.text.get(..byte).unwrap_or_default().matches('\n').count();
        Error::new(format!("{}:{line}: a script may not have {what}: {why}", self.script)).help(format!(
            "read the script; if you trust its author, run it with {FLAG}, which allows all of these keys"
        ))
    }
}

fn value<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Option<&'t Spanned<DeValue<'a>>> {
    table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<()> {
        ScriptMetadata { script: "s.py", text, line: 10 }.check()
    }

    #[test]
    fn every_key_is_judged() {
        for key in eryx_build::declare::keys() {
            let safe = SAFE.contains(&key);
            assert_ne!(safe, UNSAFE.iter().any(|(other, _)| *other == key), "{key}");
            assert_eq!(check(&format!("[tool.eryx]\n{key} = []\n")).is_ok(), safe, "{key}");
        }
    }

    #[test]
    fn names_pass() {
        check(
            "requires-python = '>=3.12'\ndependencies = ['a', 'b[x]>=1,<2 ; python_version > \"3\"', 'c (>=1)']\n\
             [tool.uv]\nexclude-newer = '2026-01-31'\nprerelease = 'allow'\nconstraint-dependencies = ['d<2']\n\
             [tool.eryx]\nimports = ['a']\n[tool.black]\nline-length = 3\n",
        )
        .unwrap();
    }

    #[test]
    fn places_are_refused_with_their_line() {
        for item in [
            "./a",
            "/etc/passwd",
            "../a.whl",
            "a.whl",
            "a.tar.gz",
            "a/",
            "a @ ./b",
            "a @ file:///etc/passwd",
            "a @ https://files.test/a-1.tar.gz",
            "https://files.test/a-1-py3-none-any.whl",
            "file:///etc",
            "a @ git+https://files.test/a",
            "a @ ./b ; sys_platform == 'linux'",
            "-r other.txt",
            "",
        ] {
            for (key, text) in [
                ("dependencies", format!("dependencies = [\n  'ok',\n  \"{item}\",\n]\n")),
                ("packages", format!("[tool.eryx]\npackages = [\n  \"{item}\",\n]\n")),
                ("constraint-dependencies", format!("[tool.uv]\nconstraint-dependencies = [\n\"{item}\"]\n")),
            ] {
                let error = check(&text).expect_err(item);
                let start = format!("s.py:12: a script may not have `{item}` in `{key}`: ");
                assert!(error.to_string().starts_with(&start), "{error}");
                assert!(error.help_text().unwrap().contains("run it with --trust-script"), "{error}");
            }
        }
    }

    #[test]
    fn keys_that_reach_out_are_refused_by_name() {
        for (text, what) in [
            ("[tool.eryx]\npython = '/any/folder'\n", "`python` in [tool.eryx]: it names a folder"),
            ("[tool.eryx]\nrequirements = '/etc/passwd'\n", "`requirements` in [tool.eryx]: it names a file"),
            (
                "[tool.eryx]\nindex-url = 'http://evil.test'\n",
                "`index-url` in [tool.eryx]: it decides which servers",
            ),
            ("tool.eryx = {python = 'x'}\n", "`python` in [tool.eryx]"),
            ("[tool]\neryx.python = 'x'\n", "`python` in [tool.eryx]"),
            ("[tool.uv.sources]\na = {path = 'b'}\n", "`sources` in [tool.uv]: it names sources"),
            (
                "[[tool.uv.index]]\nurl = 'http://evil.test'\n",
                "`index` in [tool.uv]: it decides which servers",
            ),
            ("[tool.uv]\nfind-links = ['/srv']\n", "`find-links` in [tool.uv]"),
            ("[tool.uv]\nno-build = true\n", "`no-build` in [tool.uv]: eryx does not support it"),
        ] {
            let error = check(text).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
