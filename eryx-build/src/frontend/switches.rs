//! Environment variables that make packages leave out their optional native code.
//!
//! Most packages notice that they cannot compile. The packages here need a variable, or build faster with one.

/// Variables for the build of one project, by its normalised name.
const SWITCHES: &[(&str, &str, &str)] = &[
    ("aiohttp", "AIOHTTP_NO_EXTENSIONS", "1"),
    ("cbor2", "CBOR2_BUILD_C_EXTENSION", "0"),
    ("coverage", "COVERAGE_DISABLE_EXTENSION", "1"),
    ("frozenlist", "FROZENLIST_NO_EXTENSIONS", "1"),
    ("msgpack", "MSGPACK_PUREPYTHON", "1"),
    ("multidict", "MULTIDICT_NO_EXTENSIONS", "1"),
    ("peewee", "NO_SQLITE", "1"),
    ("propcache", "PROPCACHE_NO_EXTENSIONS", "1"),
    ("simplejson", "DISABLE_SPEEDUPS", "1"),
    ("sqlalchemy", "DISABLE_SQLALCHEMY_CEXT", "1"),
    ("tornado", "TORNADO_EXTENSION", "0"),
    ("websockets", "BUILD_EXTENSION", "no"),
    ("wrapt", "WRAPT_INSTALL_EXTENSIONS", "false"),
    ("yarl", "YARL_NO_EXTENSIONS", "1"),
];

/// 1980-01-01, the earliest time that zip archives can store.
const EPOCH: &str = "315532800";

/// Returns the environment of a backend, for a project of that name and version if they are known.
pub(super) fn environment(project: Option<(&str, &str)>) -> Vec<(String, String)> {
    let mut variables = vec![
        ("HOME", "/tmp".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("PATH", String::new()),
        ("PURE_PYTHON", "1".to_owned()),
        ("SOURCE_DATE_EPOCH", EPOCH.to_owned()),
        ("TMPDIR", "/tmp".to_owned()),
    ];
    if let Some((name, version)) = project {
        // These tools would ask the version control system, which the sandbox lacks. The sdist has the version.
        for variable in ["PDM_BUILD_SCM_VERSION", "PBR_VERSION", "SETUPTOOLS_SCM_PRETEND_VERSION"] {
            variables.push((variable, version.to_owned()));
        }
        let switches = SWITCHES.iter().filter(|(project, ..)| *project == name);
        variables.extend(switches.map(|(_, variable, value)| (*variable, (*value).to_owned())));
    }
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_for_their_project() {
        assert!(SWITCHES.is_sorted());
        let has = |project, variable: &str| environment(project).iter().any(|(name, _)| name == variable);
        assert!(has(Some(("yarl", "1.0")), "YARL_NO_EXTENSIONS"));
        assert!(!has(Some(("yarl2", "1.0")), "YARL_NO_EXTENSIONS"));
        assert!(has(Some(("yarl2", "1.0")), "SETUPTOOLS_SCM_PRETEND_VERSION"));
        assert!(!has(None, "SETUPTOOLS_SCM_PRETEND_VERSION"));
    }
}
