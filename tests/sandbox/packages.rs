//! Packages that become available only at run time.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::kit::builder;
use crate::common::wheel::Wheel;
use eryx::PackageError;
use eryx::{Error, Mount, SandboxBuilder, Value};
use serde_json::json;

/// Saves a wheel, and returns its path.
fn saved(folder: &Path, wheel: &Wheel) -> PathBuf {
    let path = folder.join(wheel.filename());
    fs::write(&path, wheel.bytes()).unwrap();
    path
}

#[track_caller]
fn value(builder: SandboxBuilder<'_>, code: &str) -> Value {
    let output = builder.build().unwrap().execute_blocking(code);
    output.unwrap_or_else(|error| panic!("{error}\n{error:?}")).value.unwrap_or(Value::Null)
}

#[track_caller]
fn refused(builder: SandboxBuilder<'_>) -> String {
    builder.build().unwrap_err().report()
}

#[test]
fn pure_wheels_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    let wheel = Wheel::new("rules", "1.2")
        .needs("kit>=1")
        .needs("colorama; sys_platform == 'win32'")
        .needs("rich; extra == 'pretty'")
        .file(
            "rules/__init__.py",
            "import kit\nfrom .deep import LIMIT\ndef double(x): return 2 * x * kit.ANSWER\n",
        )
        .file("rules/deep/__init__.py", "LIMIT = 7\n")
        .file("rules/data.txt", "some data")
        .file("single.py", "NAME = __name__\n")
        .file("evil.pth", "import sys; sys.evil = True\n")
        .file("rules-1.2.data/purelib/moved.py", "WHERE = __file__\n")
        .file("rules-1.2.data/data/share/rules/notes.txt", "notes")
        .file("rules-1.2.data/scripts/rules", "#!python\n");
    let path = saved(folder.path(), &wheel);
    let code = "
import importlib.metadata as metadata, importlib.resources as resources, inspect, os, sys
import rules, single, moved, rules.deep
[
    rules.double(1), rules.LIMIT, single.NAME, moved.WHERE, rules.__file__,
    resources.files('rules').joinpath('data.txt').read_text(),
    metadata.version('rules'), metadata.version('kit'),
    sorted(str(file) for file in metadata.files('rules') if 'deep' in str(file)),
    open('/usr/share/rules/notes.txt').read(), os.path.exists('/usr/bin/rules'), hasattr(sys, 'evil'),
    inspect.getsource(rules.double),
]";
    assert_eq!(
        value(builder().with_package(&path), code),
        json!([
            84,
            7,
            "single",
            "/usr/lib/python3.14/site-packages/moved.py",
            "/usr/lib/python3.14/site-packages/rules/__init__.py",
            "some data",
            "1.2",
            "1.0",
            ["rules/deep/__init__.py"],
            "notes",
            false,
            false,
            "def double(x): return 2 * x * kit.ANSWER\n",
        ])
    );
    // Another sandbox does not have the package, and its files cannot be changed.
    assert_eq!(value(builder(), "import importlib.util\nimportlib.util.find_spec('rules')"), Value::Null);
    let code = "
try: open('/usr/lib/python3.14/site-packages/single.py', 'w')
except OSError as error: found = error.errno
import errno
errno.errorcode[found]";
    assert_eq!(value(builder().with_package(&path), code), "EROFS");
}

#[test]
fn snapshots_go_on_only_with_the_same_packages() {
    let folder = tempfile::tempdir().unwrap();
    let path = saved(folder.path(), &Wheel::new("late", "1").file("late.py", "X = 1\n"));
    let with_it = builder().with_package(&path).build().unwrap();
    let mut session = with_it.session_blocking().unwrap();
    session.execute_blocking("import late").unwrap();
    let bytes = session.snapshot_blocking().unwrap().to_bytes().unwrap();
    let snapshot = eryx::Snapshot::from_bytes(bytes).unwrap();

    let again = builder().with_package(&path).build().unwrap();
    let output = again.restore_blocking(&snapshot).unwrap().execute_blocking("late.X").unwrap();
    assert_eq!(output.value, Some(1.into()));
    let other = saved(folder.path(), &Wheel::new("late", "2").file("late.py", "X = 2\n"));
    for wrong in [builder(), builder().with_package(&other)] {
        let error = wrong.build().unwrap().restore_blocking(&snapshot).unwrap_err().to_string();
        assert!(error.contains("`with_package`"), "{error}");
    }
}

#[test]
fn packages_join_packages_of_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    // `kit` was imported when the bundle was made, and Python caches the listing of its folder.
    let plugin =
        Wheel::new("kit_plugin", "1.0").needs("kit").file("kit/plugin.py", "from kit import ANSWER\n");
    let one = Wheel::new("space_one", "1").file("space/one.py", "X = 1\n").needs("space-two>1");
    let two = Wheel::new("space_two", "2").file("space/two.py", "X = 2\n");
    let mut builder = builder();
    for wheel in [plugin, one, two] {
        builder = builder.with_package(saved(folder.path(), &wheel));
    }
    let builder = builder.with_mount(
        "/usr/lib/python3.14/site-packages/space/mounted",
        Mount::read_only().with_file("f", "here"),
    );
    let code = "
import os, kit.plugin, space.one, space.two
site = '/usr/lib/python3.14/site-packages/'
[kit.plugin.ANSWER, space.one.X, space.two.X, sorted(os.listdir(site + 'space')), sorted(os.listdir(site + 'kit')),
 open(site + 'space/mounted/f').read()]";
    assert_eq!(
        value(builder, code),
        json!([
            42,
            1,
            2,
            ["mounted", "one.py", "two.py"],
            ["__init__.py", "__pycache__", "data", "plugin.py", "trouble.py"],
            "here"
        ])
    );
}

#[test]
fn folders_are_packages_too() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target");
    for (path, text) in [
        ("plain/__init__.py", "from . import part\n"),
        ("plain/part.py", "X = 'part'\n"),
        ("plain/__pycache__/part.cpython-311.pyc", "junk"),
        ("bin/plain", "#!python"),
        (
            "plain-3.0.dist-info/METADATA",
            "Metadata-Version: 2.4\nName: Plain\nVersion: 3.0\nRequires-Dist: kit\n",
        ),
    ] {
        let path = target.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let code = "import importlib.metadata, plain\n[plain.part.X, importlib.metadata.version('plain')]";
    assert_eq!(value(builder().with_package(&target), code), json!(["part", "3.0"]));
    std::os::unix::fs::symlink("/etc/passwd", target.join("plain/link")).unwrap();
    let error = refused(builder().with_package(&target));
    assert!(error.contains("`plain/link` in it is neither a file nor a folder"), "{error}");
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert!(refused(builder().with_package(folder.path().join("empty"))).contains("it is empty"));
}

#[test]
fn what_cannot_be_used_is_told_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let wheel = || Wheel::new("x", "1").file("x.py", "");
    let mut broken = wheel().bytes();
    broken.truncate(broken.len() / 2);
    fs::create_dir_all(folder.join("broken")).unwrap();
    fs::write(folder.join("broken/x-1-py3-none-any.whl"), broken).unwrap();
    fs::write(folder.join("x-1.tar.gz"), "").unwrap();
    fs::create_dir_all(folder.join("source")).unwrap();
    fs::write(folder.join("source/pyproject.toml"), "").unwrap();
    fs::create_dir_all(folder.join("native/x")).unwrap();
    fs::write(folder.join("native/x/_x.cpython-314-x86_64-linux-gnu.so"), "").unwrap();
    let save = |wheel: Wheel| saved(folder, &wheel);
    let way_out = "declare it in `packages` of the bundle, or turn on eryx's feature `build`";
    for (path, messages) in [
        (
            save(wheel().tag("cp314-cp314-manylinux_2_17_x86_64")),
            ["native code for Linux", "`-py3-none-any.whl` would work"],
        ),
        (save(wheel().tag("cp313-none-any")), ["another Python", "CPython 3.14"]),
        (
            save(
                wheel().tag("cp314-cp314-wasi_0_0_0_wasm32").file("x/_x.cpython-314-wasm32-wasi.so", "\0asm"),
            ),
            ["native code that must be linked", way_out],
        ),
        (save(wheel().file("y/_y.so", "")), ["calls itself pure", "pin another version of x"]),
        (
            save(wheel().tag("py31-none-any").needs("kit<1")),
            ["missing: `kit<1`, not 1.0 (for x)", "`with_package`"],
        ),
        (
            save(wheel().tag("py32-none-any").needs("six").needs("b>1")),
            ["`six` (for x), `b>1` (for x)", "missing"],
        ),
        (folder.join("broken/x-1-py3-none-any.whl"), ["cannot be added", "not a zip archive"]),
        (folder.join("x-1.tar.gz"), ["source that must be built", way_out]),
        (folder.join("source"), ["source that must be built", way_out]),
        (folder.join("native"), ["native code that must be linked", way_out]),
        (folder.join("none-1-py3-none-any.whl"), ["cannot open the wheel", "check the path"]),
        (folder.join("x.egg"), ["is not the file name of a wheel", "x.egg"]),
    ] {
        let error = refused(builder().with_package(&path));
        assert!(messages.iter().all(|message| error.contains(message)), "{}: {error}", path.display());
    }
}

#[test]
fn names_are_taken_once() {
    let folder = tempfile::tempdir().unwrap();
    let save = |wheel: Wheel| saved(folder.path(), &wheel);
    let (one, two) =
        (save(Wheel::new("x", "1").file("x.py", "")), save(Wheel::new("x", "2").file("x.py", "")));
    let error = refused(builder().with_package(&one).with_package(&two));
    assert!(error.contains("x 1 is given as well"), "{error}");
    let kit = save(Wheel::new("kit", "2.0").file("kit/__init__.py", "ANSWER = 43\n"));
    let error = refused(builder().with_package(kit));
    assert!(error.contains("the bundle holds kit 1.0"), "{error}");
    let thief = save(Wheel::new("thief", "1").file("kit/__init__.py", "ANSWER = 43\n"));
    let error = builder().with_package(thief).build().unwrap_err();
    assert!(
        matches!(&error, Error::Package(PackageError::Conflict { problem, .. }) if problem.contains("the bundle has `/usr/lib/")),
        "{error}"
    );
    let other = save(Wheel::new("other", "1").file("x.py", "different\n"));
    let error = refused(builder().with_package(one).with_package(other));
    assert!(error.contains("has another `/usr/lib/python3.14/site-packages/x.py`"), "{error}");
    let library = save(Wheel::new("shadow", "1").file("shadow-1.data/data/lib/python3.14/os.py", ""));
    let error = refused(builder().with_package(library));
    assert!(error.contains("would change the standard library"), "{error}");
}
