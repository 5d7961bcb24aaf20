use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs_err::write(dir.path().join(name), text).unwrap();
    }
    dir
}

#[test]
fn all_doors_give_the_same() {
    let keys = "packages = ['a==1', 'b==2']\nimports = ['a']\npython = 'py'\ncpu = 'native'\ncompression = 'none'\n\
        constraints = ['c<2']\nprereleases = true\nexclude-newer = '2026-01-31'\n\
        index-url = 'https://i.test/'\nextra-index-urls = ['https://e.test/']\nfind-links = ['wheels']\nstdlib = ['turtle']\nfuse = false\n\
        build-wall-time = '90s'\nbuild-cpu-time = '1m'\nbuild-memory = '2GiB'\n";
    let manifest = format!("[package]\nname = 'x'\n[package.metadata.eryx]\n{keys}");
    let dir = folder(&[("Cargo.toml", &manifest)]);
    let other = folder(&[("eryx.toml", keys)]);
    let built = Spec::new(dir.path())
        .with_package("a==1")
        .with_package("b==2")
        .with_import("a")
        .with_python("py")
        .with_constraint("c<2")
        .with_prereleases(true)
        .with_exclude_newer("2026-01-31")
        .with_index_url("https://i.test/")
        .with_extra_index_url("https://e.test/")
        .with_find_links("wheels")
        .with_cpu(Cpu::Native)
        .with_compression(Compression::None)
        .with_stdlib("turtle")
        .with_fuse(false)
        .with_build_wall_time("90s")
        .with_build_cpu_time("1m")
        .with_build_memory("2GiB");
    let json = serde_json::to_string(&built).unwrap();
    assert_eq!(Spec::from_json(&json, dir.path()).unwrap(), built);
    for mut spec in [Spec::discover(dir.path()).unwrap(), Spec::discover(other.path()).unwrap()] {
        assert!(spec.place("packages", Some(1)).unwrap().contains(".toml:"));
        spec.base_dir.clone_from(&built.base_dir);
        spec.places.clear();
        assert_eq!(spec, built);
    }
    assert_eq!(built.python_dir().unwrap(), dir.path().join("py"));
}

#[test]
fn an_unknown_key_is_placed_and_corrected() {
    let dir = folder(&[("Cargo.toml", "[package]\nname = 'x'\n\n[package.metadata.eryx]\n  pakages = []\n")]);
    let path = dir.path().join("Cargo.toml");
    let error = Spec::from_manifest(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("unknown key `pakages` in [package.metadata.eryx] ({}:5:3)", path.display())
    );
    assert_eq!(error.help_text(), Some("did you mean `packages`?"));
    assert_eq!(error.blamed().unwrap().key, "pakages");
    let far = Spec::from_json(r#"{"zzz": 1}"#, ".").unwrap_err();
    assert!(far.help_text().unwrap().starts_with("the keys are: name, packages"));
}

#[test]
fn wrong_values_are_placed() {
    for (text, message, line, index) in [
        ("packages = 'a'", "`packages` must be an array of strings, not a string", "1:1", None),
        ("packages = ['a',\n 3]", "`packages` must hold only strings, not an integer", "2:2", Some(1)),
        ("build-memory = '2'", "`2` is not a size", "1:1", None),
        ("build-cpu-time = 'ever'", "`ever` is not a time", "1:1", None),
        ("cpu = 'x86-64-v9'", "unknown cpu `x86-64-v9`", "1:1", None),
        ("compression = true", "`compression` must be a string, not a boolean", "1:1", None),
        ("prereleases = 'yes'", "`prereleases` must be true or false, not a string", "1:1", None),
        ("exclude-newer = 'soon'", "`soon` in `exclude-newer` is not a date or time", "1:1", None),
        (
            "extra-index-urls = ['https://a.test',\n'/srv']",
            "the index URL in `extra-index-urls` is not a URL",
            "2:1",
            Some(1),
        ),
        (
            "stdlib = ['turtle', 'json']",
            "`json` is not a part of the standard library that bundles leave out",
            "1:21",
            Some(1),
        ),
        ("imports = ['a-b']", "`a-b` is not the name of a module", "1:12", Some(0)),
    ] {
        let dir = folder(&[("eryx.toml", text)]);
        let path = dir.path().join("eryx.toml");
        let error = Spec::from_toml(&path).unwrap_err();
        assert_eq!(error.to_string(), format!("{message} ({}:{line})", path.display()));
        assert_eq!(error.blamed().unwrap().index, index);
    }
}

#[test]
fn broken_toml_is_placed() {
    let dir = folder(&[("eryx.toml", "packages = [\n\n")]);
    let error = Spec::from_toml(dir.path().join("eryx.toml")).unwrap_err().to_string();
    assert!(error.contains("is not valid TOML") && error.contains("eryx.toml:"), "{error}");
}

#[test]
fn none_or_two_declarations() {
    let none = folder(&[("Cargo.toml", "[package]\nname = 'x'\n")]);
    let error = Spec::discover(none.path()).unwrap_err();
    assert!(error.help_text().unwrap().contains("[package.metadata.eryx]"));
    assert!(Spec::from_manifest(none.path().join("Cargo.toml")).is_err());
    let nothing = folder(&[]);
    assert!(Spec::discover(nothing.path()).unwrap_err().help_text().unwrap().contains("eryx.toml"));
    let both = folder(&[("Cargo.toml", "[package.metadata.eryx]\n"), ("eryx.toml", "")]);
    assert!(Spec::discover(both.path()).unwrap_err().to_string().contains("declared twice"));
}

#[test]
fn cpu_belongs_to_an_architecture() {
    let spec = Spec::new(".").with_cpu(Cpu::X86_64V3);
    assert_eq!(spec.cpu_for("x86_64").unwrap(), Cpu::X86_64V3);
    let error = spec.cpu_for("aarch64").unwrap_err();
    assert_eq!(error.blamed().unwrap().key, "cpu");
    assert_eq!(Spec::new(".").cpu_for("aarch64").unwrap(), Cpu::Generic);
}
