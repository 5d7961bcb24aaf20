//! `embed!` in crates of users, built by cargo.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::common::index::Index;
use crate::common::project::Cache;
use crate::common::wheel::Wheel;
use crate::common::{Output, Project, names};

const BUILD: [&str; 3] = ["build", "--release", "--offline"];

const MAIN: &str = r#"
static PYTHON: eryx::Bundle = eryx::embed!(
    packages = ["./wheels/small-1.0-py3-none-any.whl"],
    imports = ["own"],
    python = "py",
);

fn run() -> eryx::Result<String> {
    let sandbox = eryx::Sandbox::builder().with_bundle(&PYTHON).build()?;
    let output = sandbox.execute_blocking("own.greeting()")?;
    Ok(output.value.map(|value| value.to_string()).unwrap_or_default())
}

fn main() {
    match run() {
        Ok(text) => println!("{text}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(3);
        }
    }
}
"#;

fn small() -> Wheel {
    Wheel::new("small", "1.0").file("small.py", "GREETING = 'hello'\n")
}

fn own(name: &str) -> String {
    format!("import small\ndef greeting():\n    return f'{{small.GREETING}} {name}'\n")
}

/// Returns the finished bundles of a project's cache, by name and inode.
fn bundles(project: &Project) -> Vec<(String, u64)> {
    let folder = project.cache_path("keyed/bundle");
    let inode = |name: &str| fs::metadata(folder.join(name)).unwrap().ino();
    names(&folder).into_iter().map(|name| (name.clone(), inode(&name))).collect()
}

#[test]
fn a_bundle_is_rebuilt_when_what_it_is_made_of_changes() {
    let project = Project::package("e2e-embed")
        .cache(Cache::Warm)
        .wheel(&small())
        .file("py/own.py", own("world"))
        .file("src/main.rs", MAIN.replace("\"own.greeting()\"", "\"import own; own.greeting()\""));
    project.cargo(&BUILD).succeeded();
    project.binary("e2e-embed").succeeded().prints("\"hello world\"\n");
    let first = bundles(&project);
    assert_eq!(first.len(), 1);

    // After a change of Rust code, cargo compiles again, and the bundle is not rebuilt.
    project
        .write("src/main.rs", MAIN.replace("\"own.greeting()\"", "\"import own; own.greeting().upper()\""));
    project.plugin(&["build", "--release"]).succeeded().says("Compiling e2e-embed");
    project.binary("e2e-embed").succeeded().prints("\"HELLO WORLD\"\n");
    assert_eq!(bundles(&project), first);

    // Without a change, neither happens.
    let output = project.plugin(&["build", "--release"]).succeeded();
    assert!(!output.stderr.contains("Compiling"), "{output}");

    // After a change of Python code, both happen.
    project.write("py/own.py", own("moon"));
    project.plugin(&["build", "--release"]).succeeded();
    project.binary("e2e-embed").succeeded().prints("\"HELLO MOON\"\n");
    assert_eq!(bundles(&project).len(), 2);
    assert_eq!(names(&project.cache_path("tmp")), [""; 0]);
}

#[test]
fn a_crate_compiles_without_its_bundle() {
    let index = Index::empty();
    let project = Project::package("e2e-placeholder")
        .cache(Cache::Empty)
        .env("ERYX_SKIP_BUNDLE", "1")
        .env("ERYX_CARGO_PLUGIN", "/nonexistent")
        .env("ERYX_INDEX_URL", index.url())
        // The wheel and the modules do not exist.
        .file("src/main.rs", MAIN);
    project.cargo(&BUILD).succeeded();
    assert_eq!(index.connections(), 0);
    assert_eq!(names(&project.cache_path("")), [""; 0]);

    let output = project.binary("e2e-placeholder").ended_with(3);
    assert_eq!(
        output.stderr,
        "this program was compiled without its Python bundle (the crate was compiled with ERYX_SKIP_BUNDLE=1); \
         build it again without that\n",
    );
}

const MISTAKES: &str = r#"
static MISSPELT: eryx::Bundle = eryx::embed!(import = ["json"]);

static RAISING: eryx::Bundle = eryx::embed!(
    imports = ["json", "broken"],
    python = "py",
);

static MISSING: eryx::Bundle = eryx::embed!(packages = ["./wheels/nowhere-1.0-py3-none-any.whl"]);

fn main() {
    for bundle in [&MISSPELT, &RAISING, &MISSING] {
        bundle.prepare().unwrap();
    }
}
"#;

#[test]
fn errors_point_at_the_token() {
    let project = Project::package("e2e-mistakes")
        .cache(Cache::Warm)
        .file("py/broken.py", "def divide():\n    return 1 / 0\n\ndivide()\n")
        .file("src/main.rs", MISTAKES);
    let output = project.cargo(&BUILD).ended_with(101);

    let misspelt = error_at(&output, "import = ");
    assert!(misspelt.contains("did you mean `imports`"), "{misspelt}");
    let raising = error_at(&output, "\"broken\"");
    for text in ["`import broken`", "return 1 / 0", "ZeroDivisionError", "help: "] {
        assert!(raising.contains(text), "{text:?} is not in {raising}");
    }
    let missing = error_at(&output, "\"./wheels/nowhere");
    assert!(missing.contains("nowhere-1.0-py3-none-any.whl"), "{missing}");
    assert!(missing.contains("help: "), "{missing}");
    assert_eq!(bundles(&project), []);
    assert_eq!(names(&project.cache_path("tmp")), [""; 0]);
}

/// Returns the compiler's error at the position of `token` in [`MISTAKES`].
#[track_caller]
fn error_at(output: &Output, token: &str) -> String {
    let (line, text) =
        (1..).zip(MISTAKES.lines()).find(|(_, text)| text.contains(token)).expect("the token is there");
    let column = text.find(token).unwrap() + 1;
    let place = format!("--> {}:{line}:{column}\n", Path::new("src/main.rs").display());
    let errors = output.stderr.split("\nerror");
    let mut errors = errors.filter(|error| error.contains(&place));
    let error = errors.next().unwrap_or_else(|| panic!("no error at {place:?}: {output}"));
    error.to_owned()
}
