//! `eryx.lock` and its commands, with an index on this machine.

use std::fs;
use std::path::Path;

use crate::common::index::Index;
use crate::common::project::Cache;
use crate::common::wheel::{Wheel, sha256_hex};
use crate::common::{Output, Project, cage};

/// `app` 1.0 and 1.1 need `lib`, in version 1.0 or 1.1; `solo` has no dependents.
fn wheels() -> Vec<Wheel> {
    let wheel = |name: &str, version: &str| {
        Wheel::new(name, version).file(&format!("{name}.py"), format!("VERSION = '{version}'\n"))
    };
    vec![
        wheel("app", "1.0").needs("lib"),
        wheel("app", "1.1").needs("lib>=1.0"),
        wheel("lib", "1.0"),
        wheel("lib", "1.1"),
        wheel("solo", "2.0"),
    ]
}

fn project(index: &Index, declaration: &str) -> Project {
    Project::new().cache(Cache::Empty).env("ERYX_INDEX_URL", index.url()).declare(declaration)
}

fn read(project: &Project, path: &str) -> String {
    fs::read_to_string(project.path(path)).unwrap_or_default()
}

/// Returns the lines on stderr, without indentation and without downloads.
fn said(output: &Output) -> Vec<&str> {
    output.stderr.lines().map(str::trim).filter(|line| !line.starts_with("Fetching ")).collect()
}

#[test]
fn a_lock_is_made_kept_and_upgraded() {
    let old = Index::of(&wheels()[..3]);
    let project = project(&old, "packages = [\"app\"]\n");
    let output = project.plugin(&["lock"]).succeeded();
    let lines = ["Locking default", "Added app v1.1", "Added lib v1.0", "Locked 2 packages"];
    assert_eq!(said(&output), lines);
    let lock = read(&project, "eryx.lock");
    assert!(!lock.contains("127.0.0.1"), "{lock}");

    // A newer version appears: the lock does not change, and the index is not queried.
    let new = Index::of(&wheels());
    let project = project.env("ERYX_INDEX_URL", new.url());
    project.plugin(&["lock", "--check"]).succeeded();
    project.plugin(&["lock"]).succeeded().says("Locked 2 packages, as before");
    assert_eq!((read(&project, "eryx.lock"), new.connections()), (lock, 0));

    project.plugin(&["lock", "-P", "lib==1.1"]).succeeded().says("Updated lib v1.0 -> v1.1\n");
    project.plugin(&["lock", "-P", "lib==1.0"]).succeeded().says("Updated lib v1.1 -> v1.0\n");
    project.plugin(&["lock", "-P", "lb"]).ended_with(1).says("lb is not in the lock");
    project.plugin(&["lock", "--check", "-U"]).ended_with(1).says("updated lib v1.0 -> v1.1\n");
    project.plugin(&["lock", "-U"]).succeeded().says("Updated lib v1.0 -> v1.1\n");
}

#[test]
fn a_stale_or_broken_lock_is_refused() {
    let index = Index::of(&wheels());
    let project = project(&index, "packages = [\"app==1.0\"]\n");
    project
        .plugin(&["tree", "--locked"])
        .ended_with(1)
        .says("`eryx.lock` is not up to date, and --locked keeps it as it is: it does not exist\n")
        .says("help: run `cargo eryx lock`");
    project.plugin(&["tree"]).succeeded().prints("default\n└── app v1.0\n    └── lib v1.1\n");
    project.write("eryx.toml", "packages = [\"app==1.0\", \"solo\"]\n");
    let stale = project.plugin(&["bundle", "--locked"]).ended_with(1).says("`solo` is new");
    assert!(!project.path("default.eryx").exists(), "{stale}");

    let lock = read(&project, "eryx.lock");
    let conflict = lock.replace("[[bundle]]\n", "<<<<<<< HEAD\n=======\n>>>>>>> other\n[[bundle]]\n");
    for (text, message) in [
        (conflict, "has a merge conflict (eryx.lock:5)"),
        (lock.replace("version = 1\n", "version = 9\n"), "has format version 9"),
        (lock.replace("sha256 = \"", "sha256 = \"x"), "is not a SHA-256 in lower-case hex (eryx.lock:"),
    ] {
        project.write("eryx.lock", &text);
        for command in ["tree", "lock"] {
            project.plugin(&[command]).ended_with(1).says(message).says("  help: ");
        }
        assert_eq!(read(&project, "eryx.lock"), text);
    }
}

#[test]
fn adding_and_removing_keeps_comments() {
    let index = Index::of(&wheels());
    let declaration = "# mine\npackages = [\n    \"lib>=1\", # small\n]\n";
    let project = project(&index, declaration);
    let output = project.plugin(&["add", "app", "solo==2.0"]).succeeded();
    assert!(said(&output).contains(&"Declared app>=1.1"), "{output}");
    assert_eq!(
        read(&project, "eryx.toml"),
        "# mine\npackages = [\n    \"app>=1.1\",\n    \"lib>=1\", # small\n    \"solo==2.0\",\n]\n"
    );
    project.plugin(&["lock", "--check"]).succeeded();
    let (before, lock) = (read(&project, "eryx.toml"), read(&project, "eryx.lock"));
    project.plugin(&["add", "solo"]).ended_with(1).says("`solo==2.0` is declared already (eryx.toml:5:5)");
    project.plugin(&["add", "absent"]).ended_with(1).says("absent");
    project.plugin(&["remove", "absent"]).ended_with(1).says("`absent` is not declared");
    assert_eq!((read(&project, "eryx.toml"), read(&project, "eryx.lock")), (before, lock));

    project.plugin(&["remove", "app", "solo"]).succeeded().says("Removed app v1.1\n");
    assert_eq!(read(&project, "eryx.toml"), declaration);
    project.plugin(&["lock", "--check"]).succeeded();
    project.plugin(&["tree", "-i", "lib"]).succeeded().prints("lib v1.1\n└── default (bundle)\n");
}

#[test]
fn a_declaration_in_a_macro_is_not_edited() {
    let project = Project::new()
        .file("Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.0.0\"\n")
        .file("src/main.rs", "\nstatic P: B = eryx::embed!(packages = [\"app\"]);\n");
    project.plugin(&["add", "lib"]).ended_with(1).says("declared in `embed!` (src/main.rs:2)");
}

#[test]
fn requirements_of_other_tools() {
    let index = Index::of(&wheels());
    let hash = |at: usize| sha256_hex(&wheels()[at].bytes());
    let tree = "default\n└── app v1.0\n    └── lib v1.0\n";
    let hashed = format!("app==1.0 --hash=sha256:{}  # c\n-r more.txt\n", hash(0));
    let project = project(&index, "requirements = \"requirements.txt\"\n")
        .file("requirements.txt", &hashed)
        .file("more.txt", format!("lib==1.0 \\\n    --hash=sha256:{}\n", hash(2)));
    project.plugin(&["tree"]).succeeded().prints(tree);
    project.write("more.txt", format!("lib==1.0 --hash=sha256:{}\n", hash(3)));
    project
        .plugin(&["tree"])
        .ended_with(1)
        .says("`lib-1.0-py3-none-any.whl` has none of the hashes that are listed for lib (more.txt:1)");
    project.write("more.txt", "--wrong\n");
    project.plugin(&["tree"]).ended_with(1).says("the option `--wrong` is not supported (more.txt:1)");

    project.write("eryx.toml", "pyproject = \"pyproject.toml\"\ngroups = [\"pin\"]\n");
    project.write(
        "pyproject.toml",
        "[project]\ndependencies = [\"app<1.1\"]\n[dependency-groups]\npin = [\"lib==1.0\"]\n",
    );
    project.plugin(&["tree"]).succeeded().prints(tree);

    let package = |name: &str, at: usize, marker: &str| {
        format!(
            "[[packages]]\nname = \"{name}\"\nversion = \"1.0\"\nmarker = \"{marker}\"\n\
             wheels = [{{ url = \"https://files.test/x\", hashes = {{ sha256 = \"{}\" }} }}]\n",
            hash(at)
        )
    };
    project.write("eryx.toml", "pylock = \"pylock.toml\"\n");
    project.write(
        "pylock.toml",
        "lock-version = \"1.0\"\ncreated-by = \"test\"\n".to_owned()
            + &package("app", 0, "python_version >= '3.10'")
            + &package("lib", 2, "sys_platform != 'win32'")
            + &package("solo", 4, "sys_platform == 'win32'"),
    );
    project.plugin(&["tree"]).succeeded().prints(tree);
}

/// Builds with only the cache.
fn frozen(project: &Project) -> Option<Output> {
    let script = "cd \"$1\" && ERYX_CACHE_DIR=\"$2\" HOME=\"$2\" \"$3\" eryx bundle --frozen -o out.eryx";
    cage::shell(script, &[&project.path("."), &project.cache_path(""), crate::common::plugin()])
}

#[test]
fn what_was_fetched_is_enough_without_network() {
    let index = Index::of(&wheels());
    let declaration = "packages = [\"app\"]\nimports = [\"app\"]\n";
    let project =
        Project::new().cache(Cache::Fetched).env("ERYX_INDEX_URL", index.url()).declare(declaration);
    let Some(output) = frozen(&project) else { return };
    output.ended_with(1).says("it does not exist");
    project.plugin(&["fetch"]).succeeded().says("Fetched CPython and 2 packages");
    frozen(&project).unwrap().succeeded();
    assert!(Path::new(&project.path("out.eryx")).is_file());

    // Another hash in the lock means another file, which is missing.
    let lock = read(&project, "eryx.lock");
    let good = sha256_hex(&wheels()[3].bytes());
    project.write("eryx.lock", lock.replace(&good, &"0".repeat(64)));
    frozen(&project).unwrap().ended_with(1).says("lib-1.1-py3-none-any.whl");
    project.write("eryx.lock", &lock);
    frozen(&project).unwrap().succeeded();
}
