//! Builds that fail: one error with the next step, and no files left behind.

use crate::common::index::Index;
use crate::common::project::Cache;
use crate::common::wheel::Wheel;
use crate::common::{Output, Project, names};

/// Bundles, and checks the common properties of every failure.
#[track_caller]
fn fail(project: &Project) -> Output {
    let output = project.plugin(&["bundle", "-o", "out.eryx"]).ended_with(1).prints("");
    let count = |start: &str| output.stderr.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("error"), 1, "not one error: {output}");
    assert_eq!(count("  help: "), 1, "not one help: {output}");
    let panicked = output.stderr.contains("panicked at");
    assert!(!panicked, "{output}");
    assert!(!project.path("out.eryx").exists(), "{output}");
    let own = names(&project.path("."));
    assert!(own.iter().all(|name| !name.starts_with('.')), "{own:?} {output}");
    assert_eq!(names(&project.cache_path("tmp")), [""; 0], "{output}");
    assert_eq!(names(&project.cache_path("keyed/bundle")), [""; 0], "{output}");
    output
}

#[test]
fn no_index_can_be_reached() {
    let url = Index::unreachable_url();
    let project = Project::new()
        .cache(Cache::Empty)
        .env("ERYX_INDEX_URL", &url)
        .declare("packages = [\"six==1.17.0\"]");
    let output = fail(&project).says(&format!("error: cannot get {url}/six/"));
    // The user needs to know the source of the address.
    output.says("(from ERYX_INDEX_URL)");

    // CPython itself comes from the index too.
    let plain = Project::new().cache(Cache::Empty).env("ERYX_INDEX_URL", &url).declare("");
    fail(&plain).says("error: CPython for WASI could not be fetched").says("caused by: cannot get ");
}

#[test]
fn the_network_is_not_asked_when_offline() {
    let index = Index::empty();
    let project = Project::new()
        .cache(Cache::Empty)
        .env("ERYX_INDEX_URL", index.url())
        .env("CARGO_NET_OFFLINE", "true")
        .declare("packages = [\"six==1.17.0\"]");
    fail(&project).says("offline");
    assert_eq!(index.connections(), 0);
}

#[test]
fn a_file_is_not_what_its_hash_says() {
    let wheel = Wheel::new("small", "1.0").file("small.py", "GOOD = True\n");
    let (listed, mut served) = (wheel.bytes(), wheel.bytes());
    let middle = served.len() / 2;
    served[middle] ^= 1;
    let index = Index::offering("small", &wheel.filename(), &listed, &served);
    let project = Project::new()
        .cache(Cache::Empty)
        .env("ERYX_INDEX_URL", index.url())
        .declare("packages = [\"small==1.0\"]");
    let output = fail(&project).says("error: `small-1.0-py3-none-any.whl` has the wrong hash");
    let output = output
        .says(&crate::common::wheel::sha256_hex(&listed))
        .says(&crate::common::wheel::sha256_hex(&served));
    assert!(index.connections() >= 2, "the file was not asked for: {output}");
    assert_eq!(names(&project.cache_path("files/sha256")), [""; 0]);
}

#[test]
fn a_wheel_is_for_another_platform() {
    let wheel = Wheel::new("fast", "1.0").tag("cp314-cp314-manylinux_2_28_x86_64").file("fast.py", "");
    let project = Project::new()
        .cache(Cache::Empty)
        .wheel(&wheel)
        .declare(&format!("packages = [\"./wheels/{}\"]", wheel.filename()));
    fail(&project).says("manylinux_2_28_x86_64").says("native code for Linux").says("eryx.toml:1:13");
}

#[test]
fn a_key_is_misspelt() {
    let project = Project::new().cache(Cache::Empty).file(
        "Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.0.0\"\n\n[package.metadata.eryx]\npakages = [\"six==1.17.0\"]\n",
    );
    fail(&project)
        .says("error: unknown key `pakages` in [package.metadata.eryx]")
        .says("Cargo.toml:6:1")
        .says("  help: did you mean `packages`?");
}

#[test]
fn a_wheel_is_missing() {
    let project = Project::new()
        .cache(Cache::Empty)
        .declare("packages = [\n    \"./wheels/small-1.0-py3-none-any.whl\",\n]");
    fail(&project).says("error: cannot open the wheel `small-1.0-py3-none-any.whl` (eryx.toml:2:5)\n");
}

#[test]
fn an_import_raises() {
    let project = Project::new()
        .cache(Cache::Warm)
        .file("py/broken.py", "def divide():\n    return 1 / 0\n\ndivide()\n")
        .declare("imports = [\"json\", \"broken\"]\npython = \"py\"\n");
    let output = fail(&project).says("error: `import broken` failed in the sandbox (eryx.toml:1:20)\n");
    // The traceback has the user's frames only.
    assert!(!output.stderr.contains("eryx/_build.py") && !output.stderr.contains("importlib"), "{output}");
    output
        .says("Traceback (most recent call last):")
        .says("/app/broken.py\", line 2, in divide")
        .says("    return 1 / 0")
        .says("ZeroDivisionError: division by zero");
}

#[test]
fn a_module_is_missing() {
    let project = Project::new()
        .cache(Cache::Warm)
        .file("py/needy.py", "import not_there\n")
        .declare("imports = [\"needy\"]\npython = \"py\"\n");
    fail(&project)
        .says("error: `import needy` failed in the sandbox")
        .says("No module named 'not_there'")
        .says("`packages`");
}

#[test]
fn a_module_does_not_compile() {
    let project = Project::new()
        .cache(Cache::Warm)
        .file("py/wrong.py", "def f(:\n    pass\n")
        .declare("python = \"py\"\n");
    fail(&project)
        .says("error: `wrong.py` does not compile (eryx.toml:1:1)\n")
        .says("SyntaxError")
        .says("def f(:");
}
