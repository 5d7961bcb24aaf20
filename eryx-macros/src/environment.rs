//! The environment of the macro. All queries go through one value, so that tests can set it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Environment variables and the running program, at the time of the macro's expansion.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, OsString>,
    program: Option<PathBuf>,
}

impl Environment {
    /// Returns the environment of this process.
    pub(crate) fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| name.into_string().ok().map(|name| (name, value)))
            .collect();
        Self { variables, program: std::env::current_exe().ok() }
    }

    /// Returns the variable's value; an empty one counts as unset.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// Whether a switch such as `ERYX_SKIP_BUNDLE` is on.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value != "0" && value != "false")
    }

    /// Returns the names of all variables.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// Returns the reason for a placeholder instead of the bundle, if there is one.
    pub(crate) fn placeholder(&self) -> Option<&'static str> {
        // rust-analyzer cannot be detected in a supported way. It has set this variable for its macro server
        // for years; the name of the program is the second sign.
        let analyzer = self.get("RUST_ANALYZER_INTERNALS_DO_NOT_USE").is_some()
            || self
                .program
                .as_deref()
                .and_then(Path::file_name)
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"rust-analyzer"));
        if self.is_on("ERYX_SKIP_BUNDLE") {
            Some("the crate was compiled with ERYX_SKIP_BUNDLE=1")
        } else if self.get("DOCS_RS").is_some() {
            Some("the crate was compiled for documentation only (DOCS_RS is set)")
        } else if analyzer {
            Some("the macro was expanded by rust-analyzer, which builds no bundles")
        } else {
            None
        }
    }

    /// Returns the per-user cache folder, by the rules of eryx-build.
    pub(crate) fn cache_dir(&self) -> Option<PathBuf> {
        if let Some(dir) = self.get("ERYX_CACHE_DIR") {
            return Some(dir.into());
        }
        let home = self.get("HOME").map(PathBuf::from);
        // The XDG specification says that relative paths are ignored.
        let xdg = self.get("XDG_CACHE_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
        Some(xdg.or_else(|| Some(home?.join(".cache")))?.join("eryx"))
    }

    /// Returns cargo's folder of installed programs.
    pub(crate) fn cargo_bin(&self) -> Option<PathBuf> {
        let home = self.get("CARGO_HOME").map(PathBuf::from);
        Some(home.or_else(|| Some(PathBuf::from(self.get("HOME")?).join(".cargo")))?.join("bin"))
    }
}

#[cfg(test)]
impl Environment {
    /// Returns an environment of exactly these variables.
    pub(crate) fn of<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        Self { variables, program: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_off_when_unset_empty_or_zero() {
        let environment = Environment::of([("A", "1"), ("B", "0"), ("C", ""), ("D", "false")]);
        assert!(environment.is_on("A"));
        for name in ["B", "C", "D", "E"] {
            assert!(!environment.is_on(name), "{name}");
        }
    }

    #[test]
    fn placeholders_stand_in_where_nothing_may_be_built() {
        assert!(Environment::of([]).placeholder().is_none());
        assert!(Environment::of([("ERYX_SKIP_BUNDLE", "0")]).placeholder().is_none());
        for name in ["ERYX_SKIP_BUNDLE", "DOCS_RS", "RUST_ANALYZER_INTERNALS_DO_NOT_USE"] {
            assert!(Environment::of([(name, "1")]).placeholder().is_some(), "{name}");
        }
        let mut server = Environment::of([]);
        server.program = Some("/usr/libexec/rust-analyzer-proc-macro-srv".into());
        assert!(server.placeholder().is_some());
    }

    #[test]
    fn the_cache_follows_xdg() {
        let dir = |variables: &[(&str, &str)]| Environment::of(variables.iter().copied()).cache_dir();
        assert_eq!(dir(&[("HOME", "/h")]), Some("/h/.cache/eryx".into()));
        assert_eq!(dir(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]), Some("/x/eryx".into()));
        assert_eq!(dir(&[("HOME", "/h"), ("XDG_CACHE_HOME", "x")]), Some("/h/.cache/eryx".into()));
        assert_eq!(dir(&[("HOME", "/h"), ("ERYX_CACHE_DIR", "/e")]), Some("/e".into()));
        assert_eq!(dir(&[]), None);
    }
}
