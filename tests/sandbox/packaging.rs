//! Queries of packages about the installed environment, answered from the packed tree.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::common::wheel::Wheel;
use crate::common::{Project, scratch};
use eryx::{Error, Sandbox, Value};
use serde_json::json;

fn sandbox() -> Sandbox {
    static BUNDLE: OnceLock<PathBuf> = OnceLock::new();
    let path = BUNDLE.get_or_init(|| {
        let path = scratch().join("packaging.eryx");
        let shelf = Wheel::new("shelf", "1.2")
            .file("shelf/__init__.py", "\"\"\"A shelf.\"\"\"\n\ndef put(thing):\n    \"\"\"Put it there.\"\"\"\n    return [thing]\n")
            .file("shelf/cli.py", "import sys\n\ndef main():\n    return 'cli'\n\nif __name__ == '__main__':\n    print(__name__, sys.argv[0], __spec__.name)\n")
            .file("shelf/__main__.py", "result = 'main of ' + __package__\n")
            .file("shelf/deep/__init__.py", "")
            .file("shelf/deep/er.py", "WHERE = __file__\n")
            .file("shelf/data/list.txt", "one\ntwo\n")
            .file("shelf/data/more/three.txt", "three\n")
            .file("shelf-1.2.dist-info/entry_points.txt", "[console_scripts]\nshelf = shelf.cli:main\n\n[shelf.plugins]\nown = shelf:put\n")
            .file("shelf-1.2.data/data/share/shelf/shared.txt", "shared\n");
        let one = Wheel::new("space_one", "1.0").file("space/one.py", "N = 1\n");
        let two = Wheel::new("space_two", "1.0")
            .file("space/two.py", "N = 2\n")
            .file("space/inner/words.txt", "words\n")
            .file("space_two-1.0.dist-info/entry_points.txt", "[shelf.plugins]\nother = space.two:N\n");
        let wheels = [&shelf, &one, &two];
        let packages: Vec<String> = wheels.iter().map(|wheel| format!("./wheels/{}", wheel.filename())).collect();
        let project = wheels.into_iter().fold(Project::new(), Project::wheel);
        project
            .declare(&format!("packages = {packages:?}"))
            .plugin(&["bundle", "-o", path.to_str().unwrap()])
            .succeeded();
        path
    });
    Sandbox::builder().with_bundle(&crate::common::open(path)).build().unwrap()
}

#[track_caller]
fn value(code: &str) -> Value {
    let result = sandbox().execute_blocking(code);
    result.unwrap_or_else(|error| panic!("{error}\n{error:?}")).value.expect("the code has a value")
}

#[test]
fn distributions_are_described() {
    assert_eq!(
        value("import importlib.metadata as m\nsorted((d.name, d.version) for d in m.distributions())"),
        json!([["shelf", "1.2"], ["space_one", "1.0"], ["space_two", "1.0"]])
    );
    assert_eq!(
        value("import importlib.metadata as m\n[m.version('shelf'), m.version('space-one')]"),
        json!(["1.2", "1.0"])
    );
    assert_eq!(
        value(
            "import importlib.metadata as m\nsorted((e.name, e.value, e.dist.name) for e in m.entry_points(group='shelf.plugins'))"
        ),
        json!([["other", "space.two:N", "space_two"], ["own", "shelf:put", "shelf"]])
    );
    assert_eq!(
        value(
            "import importlib.metadata as m\n(e,) = m.entry_points(group='console_scripts', name='shelf')\ne.load()()"
        ),
        "cli"
    );
    let files = "import importlib.metadata as m\nfiles = m.files('shelf')\n\
                 list = next(f for f in files if f.name == 'list.txt')\n\
                 [list.read_text(), str(list.locate()), list.hash.mode, all(f.locate().is_file() for f in files if '.data' not in str(f))]";
    let path = "/usr/lib/python3.14/site-packages/shelf/data/list.txt";
    assert_eq!(value(files), json!(["one\ntwo\n", path, "sha256", true]));
    assert_eq!(
        value("import importlib.metadata as m\nm.packages_distributions()['shelf']"),
        json!(["shelf"])
    );
    let missing = "import importlib.metadata as m\ntry: m.version('nobody')\nexcept m.PackageNotFoundError as e: name = e.name\nname";
    assert_eq!(value(missing), "nobody");
}

#[test]
fn resources_are_read() {
    let code = "import importlib.resources as r, shelf\nroot = r.files('shelf')\n\
                with r.as_file(root / 'data/list.txt') as path: text = path.read_text()\n\
                [text, (root / 'data' / 'more' / 'three.txt').read_bytes().decode(), sorted(p.name for p in (root / 'data').iterdir()),\n\
                 r.files('space.inner').joinpath('words.txt').read_text(), r.is_resource('shelf.data', 'list.txt'), shelf.__file__]";
    let file = "/usr/lib/python3.14/site-packages/shelf/__init__.py";
    assert_eq!(value(code), json!(["one\ntwo\n", "three\n", ["list.txt", "more"], "words\n", true, file]));
    assert_eq!(value("import pkgutil\npkgutil.get_data('shelf', 'data/list.txt').decode()"), "one\ntwo\n");
    assert_eq!(value("import sys\nopen(sys.prefix + '/share/shelf/shared.txt').read()"), "shared\n");
}

#[test]
fn packages_are_walked() {
    assert_eq!(
        value(
            "import pkgutil, shelf\nsorted((m.name, m.ispkg) for m in pkgutil.iter_modules(shelf.__path__))"
        ),
        json!([["__main__", false], ["cli", false], ["deep", true]])
    );
    assert_eq!(
        value(
            "import pkgutil, shelf\nsorted(m.name for m in pkgutil.walk_packages(shelf.__path__, 'shelf.'))"
        ),
        json!(["shelf.__main__", "shelf.cli", "shelf.deep", "shelf.deep.er"])
    );
    assert_eq!(
        value(
            "import space, space.one, space.two\n[space.one.N, space.two.N, space.__file__ is None, len(space.__path__)]"
        ),
        json!([1, 2, true, 1])
    );
    assert_eq!(
        value("import shelf.deep.er as e\ne.WHERE"),
        "/usr/lib/python3.14/site-packages/shelf/deep/er.py"
    );
}

#[test]
fn modules_are_run() {
    assert_eq!(value("import runpy\nrunpy.run_module('shelf')['result']"), "main of shelf");
    let code = "import runpy\nrunpy.run_module('shelf.cli', run_name='__main__', alter_sys=True)";
    let output = sandbox().execute_blocking(code).unwrap();
    assert_eq!(output.stdout, "__main__ /usr/lib/python3.14/site-packages/shelf/cli.py shelf.cli\n");
}

#[test]
fn sources_are_shown() {
    assert_eq!(
        value(
            "import inspect, shelf\n[inspect.getsource(shelf.put), inspect.getdoc(shelf.put), inspect.getsourcefile(shelf)]"
        ),
        json!([
            "def put(thing):\n    \"\"\"Put it there.\"\"\"\n    return [thing]\n",
            "Put it there.",
            "/usr/lib/python3.14/site-packages/shelf/__init__.py"
        ])
    );
    // This also works for executed code.
    assert_eq!(
        value("import inspect\ndef f():\n    return 1\n\ninspect.getsource(f)"),
        "def f():\n    return 1\n"
    );
    let Err(Error::Execution(failure)) = sandbox().execute_blocking("import shelf\nshelf.put()") else {
        panic!("it did not raise")
    };
    let traceback = &failure.exception().unwrap().traceback;
    assert!(traceback.contains("line 2, in <module>\n    shelf.put()"), "{traceback}");
}

// ---- stand-ins for parts of the standard library that need a system ----

#[test]
fn stand_ins_can_be_imported_and_say_what_they_cannot_do() {
    let raised = |code: &str| {
        let Err(Error::Execution(failure)) = sandbox().execute_blocking(code) else {
            panic!("no error: {code}")
        };
        let exception = failure.exception().unwrap();
        (exception.kind.clone(), exception.message.clone())
    };
    let (kind, message) = raised(
        "import ssl\nbio = ssl.MemoryBIO()\n\
         ssl.create_default_context().wrap_bio(bio, bio, server_hostname='a.test')",
    );
    assert_eq!(kind, "PermissionError");
    assert!(message.contains("this sandbox has no network"), "{message}");
    assert_eq!(
        value("import ssl\n[ssl.HAS_TLSv1_3, ssl.create_default_context().check_hostname]"),
        json!([true, true])
    );
    assert_eq!(raised("import mmap\nmmap.mmap(0, 1)").0, "OSError");
    assert_eq!(raised("import bz2\nbz2.compress(b'')").0, "NotImplementedError");
    assert_eq!(raised("import ctypes\nctypes.CDLL('libm.so')").0, "OSError");
    assert_eq!(
        value("import ctypes\n[ctypes.sizeof(ctypes.c_long), ctypes.c_uint8(257).value]"),
        json!([4, 1])
    );
    assert_eq!(raised("import os, pwd\npwd.getpwuid(os.getuid())").0, "KeyError");
    assert_eq!(raised("import grp\ngrp.getgrgid(0)").0, "KeyError");
    // Libraries query these and can do without them, but would trust them if they existed.
    assert_eq!(
        value(
            "import importlib.util as u\n[u.find_spec(n) for n in ('fcntl', 'termios', 'resource', 'readline', '_lzma', '_curses')]"
        ),
        json!([null, null, null, null, null, null])
    );
}
