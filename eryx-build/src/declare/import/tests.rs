use super::*;
use crate::pin::{Pin, PinSource, PinnedFile};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    dir
}

fn spec(declaration: &str, files: &[(&str, &str)]) -> Result<Spec> {
    let dir = folder(files);
    fs_err::write(dir.path().join("eryx.toml"), declaration).unwrap();
    Spec::discover(dir.path())
}

fn error_of(declaration: &str, files: &[(&str, &str)]) -> String {
    spec(declaration, files).unwrap_err().to_string()
}

const REQUIREMENTS: &str = "requirements = 'requirements.txt'";

#[test]
fn requirements_are_read_as_pip_reads_them() {
    let spec = spec(
        "packages = ['own']\nrequirements = 'deps/requirements.txt'",
        &[
            (
                "deps/requirements.txt",
                "\u{feff}# top\nsix >= 1.0  # small\n\nrich[jupyter]==13 ; \\\n    python_version > '3'\n\
                 -r more/other.txt\n--constraint=limits.txt\n./mine-1.0-py3-none-any.whl\n../lib\nx @ https://files.test/x.zip#egg=x\n",
            ),
            ("deps/more/other.txt", "tabulate\n-r ../requirements.txt\n"),
            ("deps/limits.txt", "six<2\n"),
        ],
    )
    .unwrap();
    assert_eq!(
        spec.packages,
        [
            "own",
            "six >= 1.0",
            "rich[jupyter]==13 ; python_version > '3'",
            "tabulate",
            "./deps/mine-1.0-py3-none-any.whl",
            "./lib",
            "x @ https://files.test/x.zip#egg=x",
        ]
    );
    assert_eq!(spec.constraints, ["six<2"]);
    assert_eq!(spec.own_packages(), ["own"]);
    assert_eq!(spec.imported_files().len(), 3);
    assert!(spec.place("packages", Some(2)).unwrap().ends_with("requirements.txt:4"));
    // The macro gets the key that is written in its call.
    let error = spec.placed(Error::new("x"), "packages", Some(3));
    assert!(error.to_string().ends_with("other.txt:1)"), "{error}");
    let blamed = error.blamed().unwrap();
    assert_eq!((blamed.key.as_str(), blamed.index), ("requirements", None));
    assert_eq!(spec.placed(Error::new("x"), "packages", Some(0)).blamed().unwrap().index, Some(0));
}

#[test]
fn what_is_not_understood_is_told_with_its_line() {
    for (text, message) in [
        ("six\n--no-binary :all:\n", "the option `--no-binary` is not supported"),
        ("six\n-e .\n", "the option `-e` is not supported"),
        ("six\nrich --global-option=x\n", "the option `--global-option=x` is not supported"),
        ("six\n-r https://files.test/r.txt\n", "is a file of another machine"),
        ("six\nrich==${VERSION}\n", "environment variables are not filled in"),
        ("six\nrich==1 --hash=md5:00\n", "`md5:00` is not a hash that eryx checks"),
        ("six\nrich==1 --hash sha256:zz\n", "`sha256:zz` is not a hash that eryx checks"),
    ] {
        let error = error_of(REQUIREMENTS, &[("requirements.txt", text)]);
        assert!(error.contains(message) && error.ends_with("requirements.txt:2)"), "{error}");
    }
    let error = error_of(REQUIREMENTS, &[("requirements.txt", "-r sub/x.txt"), ("sub/x.txt", "\n\n--bad")]);
    assert!(error.ends_with("x.txt:3)"), "{error}");
    assert!(error_of(REQUIREMENTS, &[]).contains("cannot read"), "a missing file");
    let mixed = format!("six==1 --hash=sha256:{A}\nrich\n");
    let error = error_of(REQUIREMENTS, &[("requirements.txt", &mixed)]);
    assert!(error.contains("`rich` has no --hash") && error.ends_with(":2)"), "{error}");
}

fn pin(name: &str, sha256: &str) -> Pin {
    let filename = format!("{name}-1.0-py3-none-any.whl");
    Pin {
        name: name.parse().unwrap(),
        version: "1.0".parse().unwrap(),
        source: PinSource::Index(PinnedFile { filename, size: None, sha256: sha256.to_owned() }),
        built: None,
        dependencies: Vec::new(),
        declared: None,
    }
}

#[test]
fn chosen_files_must_have_a_listed_hash() {
    let text = format!("six==1.0 \\\n    --hash=sha256:{A} \\\n    --hash=sha256:{}\n", B.to_uppercase());
    let files = [("requirements.txt", text.as_str())];
    let strict = spec(REQUIREMENTS, &files).unwrap();
    assert_eq!(strict.packages, ["six==1.0"]);
    check_hashes(&strict, &[pin("six", A)]).unwrap();
    check_hashes(&strict, &[pin("six", B)]).unwrap();
    let error = check_hashes(&strict, &[pin("six", &"c".repeat(64))]).unwrap_err();
    assert!(
        error.to_string().contains("has none of the hashes")
            && error.to_string().contains("requirements.txt:1"),
        "{error}"
    );
    let error = check_hashes(&strict, &[pin("six", A), pin("more", A)]).unwrap_err();
    assert!(error.to_string().contains("more 1.0 is needed too"), "{error}");
    // If some requirements have no hashes, only the distributions with hashes are checked.
    let mixed = spec(&format!("packages = ['own']\n{REQUIREMENTS}"), &files).unwrap();
    check_hashes(&mixed, &[pin("six", A), pin("more", B)]).unwrap();
}

const PYPROJECT: &str = r#"
[project]
name = "My.App"
requires-python = ">=3.10"
dependencies = ["six>=1", "rich"]

[project.optional-dependencies]
web = ["flask"]
all = ["my-app[web,Tables]", "click"]
tables = ["tabulate"]

[dependency-groups]
dev = ["pytest", { include-group = "Lint" }]
lint = ["ruff"]
ring = [{ include-group = "ring" }]
"#;

#[test]
fn projects_give_dependencies_extras_and_groups() {
    let read =
        |more: &str| spec(&format!("pyproject = 'pyproject.toml'\n{more}"), &[("pyproject.toml", PYPROJECT)]);
    assert_eq!(read("").unwrap().packages, ["six>=1", "rich"]);
    let all = read("extras = ['all']\ngroups = ['dev']").unwrap();
    assert_eq!(all.packages, ["six>=1", "rich", "flask", "tabulate", "click", "pytest", "ruff"]);
    assert!(
        all.place("packages", Some(0)).unwrap().ends_with("pyproject.toml:5:17"),
        "{:?}",
        all.place("packages", Some(0))
    );
    for (more, message) in [
        ("extras = ['wep']", "has no extra `wep`"),
        ("groups = ['none']", "has no group `none`"),
        ("groups = ['ring']", "includes itself"),
    ] {
        let error = read(more).unwrap_err();
        assert!(error.to_string().contains(message) && error.to_string().contains("eryx.toml:2:"), "{error}");
    }
    let error = error_of("extras = ['web']", &[]);
    assert!(error.contains("neither is declared"), "{error}");
}

#[test]
fn projects_that_cannot_be_taken_say_why() {
    for (text, message) in [
        ("[project]\nrequires-python = '<3.14'\n", "needs Python <3.14"),
        ("[project]\ndynamic = ['dependencies']\n", "are dynamic"),
        ("[tool.poetry.dependencies]\nsix = '*'\n", "has no [project] table"),
        ("[project]\ndependencies = 'six'\n", "must be an array of strings"),
        (
            "[project]\ndependencies = ['six']\n[tool.uv.sources]\nsix = { path = '../six' }\n",
            "has a source in [tool.uv.sources]",
        ),
        ("[project\n", "is not valid TOML"),
    ] {
        let error = error_of("pyproject = 'pyproject.toml'", &[("pyproject.toml", text)]);
        assert!(error.contains(message), "{error}");
    }
}

fn pylock(more: &str) -> String {
    format!(
        "lock-version = '1.0'\ncreated-by = 'test'\nrequires-python = '>=3.12'\nextras = ['fast']\n\
         dependency-groups = ['dev']\n{more}"
    )
}

fn package(name: &str, more: &str) -> String {
    format!(
        "[[packages]]\nname = '{name}'\nversion = '1.0'\n{more}\n[[packages.wheels]]\n\
         url = 'https://files.test/{name}-1.0-py3-none-any.whl'\nhashes = {{ sha256 = '{A}' }}\n"
    )
}

#[test]
fn pylock_gives_pins_with_hashes() {
    let text = pylock(&[
        package("six", &format!("index = 'https://index.test/simple'\nsdist = {{ name = 'six.tar.gz', hashes = {{ sha256 = '{B}' }} }}")),
        package("win", "marker = \"sys_platform == 'win32'\""),
        package("quick", "marker = \"'fast' in extras and python_version >= '3.10'\""),
        package("test", "marker = \"'dev' in dependency_groups or ('x' not in extras and os_name == 'nt')\""),
        format!("[[packages]]\nname = 'mine'\ndirectory = {{ path = './mine' }}\n[[packages]]\nname = 'far'\narchive = {{ url = 'https://files.test/far.zip', hashes = {{ sha256 = '{A}' }} }}\n"),
    ].concat());
    let read = |more: &str| {
        spec(&format!("pylock = 'locks/pylock.toml'\n{more}"), &[("locks/pylock.toml", &text)]).unwrap()
    };
    let plain = read("");
    assert_eq!(plain.packages, ["six==1.0", "mine @ ./locks/mine", "far @ https://files.test/far.zip"]);
    check_hashes(&plain, &[pin("six", A)]).unwrap();
    check_hashes(&plain, &[pin("six", B)]).unwrap();
    assert!(check_hashes(&plain, &[pin("six", &"c".repeat(64))]).is_err());
    assert!(
        plain.place("packages", Some(0)).unwrap().ends_with("pylock.toml:7:8"),
        "{:?}",
        plain.place("packages", Some(0))
    );
    assert_eq!(read("extras = ['fast']").packages[1], "quick==1.0");
    assert_eq!(read("groups = ['dev']").packages[1], "test==1.0");
}

#[test]
fn a_pylock_for_others_is_refused() {
    for (text, message) in [
        (pylock("").replace("1.0", "2.0"), "has lock-version 2.0"),
        (
            pylock("environments = [\"sys_platform == 'linux'\"]"),
            "is not for the sandbox: sys_platform == 'linux'",
        ),
        (pylock("").replace(">=3.12", "<3.14"), "needs Python <3.14"),
        (pylock("[[packages]]\nname = 'g'\nvcs = { type = 'git' }\n"), "g comes from version control"),
        (pylock("[[packages]]\nname = 'g'\n"), "g has no version"),
        (pylock("[[packages]]\nname = 'g'\nversion = '1'\n"), "has no file with a SHA-256"),
        (pylock(&package("g", "marker = 'nonsense'")), "`nonsense` is not a marker"),
        (pylock(&[package("g", ""), package("G", "")].concat()), "both `g==1.0` and `G==1.0`"),
        ("packages = 3".to_owned(), "cannot be read"),
    ] {
        let error = error_of("pylock = 'pylock.toml'", &[("pylock.toml", &text)]);
        assert!(error.contains(message), "{error}");
    }
    let error = error_of("pylock = 'pylock.toml'\ngroups = ['x']", &[("pylock.toml", &pylock(""))]);
    assert!(error.contains("has no group `x`"), "{error}");
}
