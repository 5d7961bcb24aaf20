//! Wheels from source, built inside the sandbox.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use crate::common::Project;
use crate::common::project::Cache as Holds;
use eryx_build::cache::Cache;
use eryx_build::fetch::fetch_pinned;
use eryx_build::frontend::WheelBuilder;
use eryx_build::report::Silent;
use eryx_build::sdist::{SourceBuilder as _, SourceTree};
use eryx_build::wheel::Wheel;
use eryx_build::{BuildContext, Error};

/// Uses the user's cache, which finds built wheels by their source.
fn context() -> BuildContext {
    BuildContext::new(Cache::open(None).unwrap(), Arc::new(Silent))
}

/// Builds a source tree, and returns the wheel.
fn build_with(context: &BuildContext, files: &[(&str, &str)]) -> Result<Wheel, Error> {
    let project = files.iter().fold(Project::new(), |project, (path, text)| project.file(path, text));
    WheelBuilder::new(context).build(SourceTree::Folder(&project.path("")))
}

#[track_caller]
fn build(files: &[(&str, &str)]) -> Wheel {
    build_with(&context(), files).unwrap_or_else(|error| panic!("{}", whole(&error)))
}

#[track_caller]
fn failure(files: &[(&str, &str)]) -> Error {
    build_with(&context(), files).expect_err("it is not built")
}

/// Formats an error with its causes.
fn whole(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}\n{error}");
        cause = error.source();
    }
    text
}

/// Returns the files that a wheel installs, without its metadata.
fn contents(wheel: &Wheel) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(fs::File::open(&wheel.path).unwrap()).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        if !name.contains(".dist-info/") && !name.ends_with('/') {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            files.insert(name, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    files
}

// ---- a custom backend without dependencies ----

/// A backend inside the source tree that puts `CONTENT` into the wheel.
const BACKEND: &str = r#"
import base64, hashlib, os, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    import report
    name = "own-1.0-py3-none-any.whl"
    files = {
        "own.txt": report.CONTENT,
        "own-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: own\nVersion: 1.0\n",
        "own-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    def entry(path, text):
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        return f"{path},sha256={digest},{len(text.encode())}\n"
    record = "".join(entry(path, text) for path, text in files.items()) + "own-1.0.dist-info/RECORD,,\n"
    files["own-1.0.dist-info/RECORD"] = record
    with zipfile.ZipFile(os.path.join(folder, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join("made", path)), exist_ok=True)
            with open(os.path.join("made", path), "w") as file:
                file.write(text)
            wheel.write(os.path.join("made", path), path)
    return name
"#;

const OWN: &str =
    "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\"tools/here\"]\n";

fn own(report: &str) -> [(&str, &str); 3] {
    [("pyproject.toml", OWN), ("tools/here/backend.py", BACKEND), ("tools/here/report.py", report)]
}

#[test]
fn what_a_backend_sees() {
    let wheel = build(&own("import errno, json, os, random, socket, subprocess, sys\n\
         def attempt(function):\n\
         \x20   try: return function()\n\
         \x20   except OSError as error: return errno.errorcode.get(error.errno, 'OSError')\n\
         CONTENT = json.dumps([\n\
         \x20   os.getcwd(), os.environ['SOURCE_DATE_EPOCH'], sorted(os.listdir('.')),\n\
         \x20   attempt(lambda: open('/usr/lib/new', 'w')),\n\
         \x20   attempt(lambda: open('/etc/passwd')),\n\
         \x20   attempt(lambda: open('../../../../etc/passwd')),\n\
         \x20   attempt(lambda: subprocess.run(['git', 'describe'])),\n\
         \x20   attempt(lambda: socket.create_connection(('127.0.0.1', 80))) is None,\n\
         ])\n"));
    let expected = r#"["/build/src", "315532800", ["pyproject.toml", "tools"], "EROFS", "ENOENT", "EPERM", "ENOENT", false]"#;
    assert_eq!(contents(&wheel), [("own.txt".to_owned(), expected.to_owned())].into());
}

#[test]
fn equal_sources_give_equal_wheels() {
    let tree = own(
        "import os, random, time, uuid\nCONTENT = str((time.time(), random.random(), uuid.uuid4(), hash('a'), os.urandom(4)))",
    );
    let wheels = [(); 2].map(|()| {
        let project = Project::new().cache(Holds::Warm);
        let context =
            BuildContext::new(Cache::open(Some(&project.cache_path(""))).unwrap(), Arc::new(Silent));
        let wheel = build_with(&context, &tree).unwrap();
        (wheel.sha256.clone(), contents(&wheel))
    });
    assert_eq!(wheels[0], wheels[1]);
}

#[test]
fn what_was_built_is_found_again() {
    let project = Project::new().cache(Holds::Warm);
    let mut context =
        BuildContext::new(Cache::open(Some(&project.cache_path(""))).unwrap(), Arc::new(Silent));
    let tree = own("CONTENT = 'x'");
    let first = build_with(&context, &tree).unwrap();
    // Without the interpreter, a build would fail.
    fs::remove_dir_all(project.cache_path("keyed/guest")).unwrap();
    fs::remove_dir_all(project.cache_path("keyed/base")).unwrap();
    context.offline = true;
    assert_eq!(build_with(&context, &tree).unwrap().sha256, first.sha256);
    assert!(!project.cache_path("keyed/guest").exists() && !project.cache_path("keyed/base").exists());
}

#[test]
fn a_backend_that_fails_is_quoted() {
    let error = failure(&own("print('this was said')\nraise KeyError('trouble')"));
    let text = whole(&error);
    assert!(text.starts_with("its build failed\n"), "{text}");
    assert!(text.contains("this was said") && text.contains("KeyError: 'trouble'"), "{text}");
}

#[test]
fn a_backend_cannot_say_what_is_not_so() {
    let tree = |result: &str| {
        let backend = format!("def build_wheel(*_):\n    {result}\n");
        [("pyproject.toml", OWN.to_owned()), ("tools/here/backend.py", backend)]
    };
    for (result, message) in [
        ("return 'own-1.0-py3-none-any.whl'", "its build backend made no wheel"),
        (
            "return '../src/pyproject.toml'",
            "its build backend returned `../src/pyproject.toml`, which is not a file name",
        ),
        ("pass", "its build backend has no `build_wheel`"),
        (
            "open('/build/out/own-1.0-py3-none-any.whl', 'w'); return 'own-1.0-py3-none-any.whl'",
            "cannot be used",
        ),
    ] {
        let tree = tree(result);
        let files: Vec<_> = tree.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let text = whole(&failure(&files));
        assert!(text.contains(message), "{result}: {text}");
    }
}

#[test]
fn what_always_compiles_is_refused_at_once() {
    let toml = "[build-system]\nrequires = [\"maturin>=1,<2\"]\nbuild-backend = \"maturin\"\n";
    assert_eq!(
        failure(&[("pyproject.toml", toml)]).to_string(),
        "its build backend, maturin, compiles Rust code; eryx cannot compile extensions yet"
    );
}

// ---- setuptools, from the index ----

#[test]
fn a_setup_py_of_the_old_kind() {
    let setup = "import sys\nfrom setuptools import setup\n\
                 setup(name='old', version='2.0', py_modules=['old'], package_data={})\n";
    let wheel = build(&[("setup.py", setup), ("old.py", "x = 1\n")]);
    assert_eq!(wheel.filename.to_string(), "old-2.0-py3-none-any.whl");
    assert_eq!(contents(&wheel), [("old.py".to_owned(), "x = 1\n".to_owned())].into());
}

fn with_extension(optional: &str) -> String {
    format!(
        "from setuptools import setup, Extension\n\
         setup(name='fast', version='1.0', packages=['fast'],\n\
         \x20     ext_modules=[Extension('fast._speedups', ['fast/_speedups.c'], optional={optional})])\n"
    )
}

#[test]
fn an_optional_extension_is_left_out() {
    let setup = with_extension("True");
    let wheel = build(&[("setup.py", &setup), ("fast/__init__.py", ""), ("fast/_speedups.c", "int x;")]);
    assert_eq!(wheel.filename.to_string(), "fast-1.0-py3-none-any.whl");
    assert!(contents(&wheel).contains_key("fast/__init__.py"));
}

#[test]
fn a_required_extension_is_an_error() {
    let setup = with_extension("False");
    let error = failure(&[("setup.py", &setup), ("fast/__init__.py", ""), ("fast/_speedups.c", "int x;")]);
    assert_eq!(
        error.to_string(),
        "it needs a C compiler for `fast._speedups`; eryx cannot compile extensions yet"
    );
}

// ---- real projects ----

/// Project, file, size, SHA-256: six projects with optional native code, and one for each of the other
/// backends.
const REAL: [(&str, &str, u64, &str); 10] = [
    (
        "markupsafe",
        "markupsafe-3.0.4.tar.gz",
        153_777,
        "2e9ad7dd851bf45fab9f75cbff4cb493fee9979e8d8c7c9c3ee119022518edd6",
    ),
    (
        "pyyaml",
        "pyyaml-6.0.3.tar.gz",
        130_960,
        "d76623373421df22fb4cf8817020cbb7ef15c725b9d5e45f17e189bfc384190f",
    ),
    (
        "simplejson",
        "simplejson-4.3.0.tar.gz",
        133_254,
        "ffe34ab51a0d37e6d1c661a5672df00d2d5e18804e38eac07abffb83fa5ec3d7",
    ),
    (
        "wrapt",
        "wrapt-2.5.2.tar.gz",
        186_066,
        "551cb49e88b3722faad780303833bc4fa70685fb1773270fb98b40d39d9fddbf",
    ),
    (
        "multidict",
        "multidict-7.2.1.tar.gz",
        369_994,
        "e8af3e6f1bdbc31fd762b094133b478b89988eaebc63cbe82b1d9e3bbd15cede",
    ),
    (
        "frozenlist",
        "frozenlist-1.8.0.tar.gz",
        45_875,
        "3ede829ed8d842f6cd48fc7081d7a41001a56f1f38603f9d49bf3020d59a31ad",
    ),
    (
        "attrs",
        "attrs-26.1.0.tar.gz",
        952_055,
        "d03ceb89cb322a8fd706d4fb91940737b6642aa36998fe130a9bc96c985eff32",
    ),
    ("idna", "idna-3.9.tar.gz", 191_636, "e5c5dafde284f26e9e0f28f6ea2d6400abd5ca099864a67f576f3981c6476124"),
    (
        "rich",
        "rich-9.9.0.tar.gz",
        172_126,
        "0bd8f42c3a03b7ef5e311d5e37f47bea9d268f541981c169072be5869c007957",
    ),
    (
        "pdm-backend",
        "pdm_backend-2.5.0.tar.gz",
        199_083,
        "7953b994563d3151755e3364b9d0cfe817ed0eaecdf27c8f777f412d26bcd98a",
    ),
];

#[test]
fn real_projects() {
    let context = context();
    for (project, filename, size, sha256) in REAL {
        let path = fetch_pinned(&context, project, filename, size, sha256).unwrap();
        let wheel = WheelBuilder::new(&context)
            .build(SourceTree::Sdist { path: &path, filename, sha256 })
            .unwrap_or_else(|error| panic!("{filename}: {}", whole(&error)));
        let stem = Path::new(filename).to_str().unwrap().strip_suffix(".tar.gz").unwrap();
        assert_eq!(wheel.filename.to_string(), format!("{stem}-py3-none-any.whl"));
        let package = match project {
            "attrs" => "attr",
            "pyyaml" => "yaml",
            "pdm-backend" => "pdm/backend",
            other => other,
        };
        let files = contents(&wheel);
        assert!(files.contains_key(&format!("{package}/__init__.py")), "{filename}: {:?}", files.keys());
    }
}
