//! `cargo eryx run` with undeclared packages, with scripts that have metadata, and with modules.

use std::fs;

use crate::common::index::Index;
use crate::common::project::Cache;
use crate::common::wheel::Wheel;
use crate::common::{Output, Project};

fn spam() -> Wheel {
    Wheel::new("spam", "1.0")
        .file("spam/__init__.py", "NAME = 'spam 1.0'\n")
        .file("spam/__main__.py", "import sys\nprint('main', sys.argv[1:], __name__)\nsys.exit(3)\n")
        .file(
            "spam/trouble.py",
            "def find():\n    raise LookupError('here')\nif __name__ == '__main__':\n    find()\n",
        )
}

/// Returns a folder without a declaration, and an index with one package.
fn outside() -> (Project, Index) {
    let wheel = spam();
    let index = Index::offering("spam", &wheel.filename(), &wheel.bytes(), &wheel.bytes());
    let project = Project::new().cache(Cache::Warm).env("ERYX_INDEX_URL", index.url());
    (project, index)
}

#[test]
fn packages_are_had_for_the_asking() {
    let (project, index) = outside();
    let run = |code: &str| project.plugin(&["run", "--with", "spam==1.0", "-c", code]);
    run("import spam; print(spam.NAME)")
        .succeeded()
        .prints("spam 1.0\n")
        .says("plain CPython with spam==1.0");
    // The second run does not query the index and does not build; and the first wrote no files beside the
    // code.
    let asked = index.connections();
    let again = run("import spam; print(len(spam.NAME))").succeeded().prints("8\n");
    assert_eq!((again.stderr.as_str(), index.connections()), ("", asked));
    assert_eq!(crate::common::names(&project.path("")), [""; 0]);

    // This runs a module, with arguments and its own exit status.
    project
        .plugin(&["run", "--with", "spam==1.0", "-m", "spam", "a", "--b"])
        .ended_with(3)
        .prints("main ['a', '--b'] __main__\n");
    let trouble = project.plugin(&["run", "--with", "spam==1.0", "-m", "spam.trouble"]).ended_with(1);
    assert!(!trouble.stderr.contains("runpy") && !trouble.stderr.contains("_run_module"), "{trouble}");
    trouble.says("LookupError: here").says("    raise LookupError('here')");

    // A script may state its requirements itself, in any folder.
    let script = "# /// script\n# requires-python = '>=3.12'\n# dependencies = ['spam==1.0']\n# ///\nimport spam\nprint(spam.NAME)\n";
    project.write("deep/s.py", script);
    project.plugin(&["run", "deep/s.py"]).succeeded().prints("spam 1.0\n");
    project.write("r.txt", "# what it needs\nspam==1.0\n");
    project
        .plugin(&["run", "--with-requirements", "r.txt", "-c", "import spam; print(spam.NAME)"])
        .succeeded()
        .prints("spam 1.0\n");
}

#[test]
fn what_is_declared_is_there_too_unless_it_is_left_out() {
    let (project, _index) = outside();
    let wheel = Wheel::new("eggs", "2.0").file("eggs.py", "NAME = 'eggs'\n");
    let project = project.wheel(&wheel).declare("packages = ['./wheels/eggs-2.0-py3-none-any.whl']");
    let code = "import eggs, spam; print(eggs.NAME, spam.NAME)";
    project.plugin(&["run", "--with", "spam==1.0", "-c", code]).succeeded().prints("eggs spam 1.0\n");
    let without = ["run", "--no-project", "--with", "spam==1.0", "-c", code];
    project.plugin(&without).ended_with(1).says("No module named 'eggs'");
    // The declaration has not changed.
    assert_eq!(
        fs::read_to_string(project.path("eryx.toml")).unwrap(),
        "packages = ['./wheels/eggs-2.0-py3-none-any.whl']"
    );
}

#[test]
fn what_cannot_be_run_is_explained() {
    let project = Project::new().cache(Cache::Warm);
    let fail = |arguments: &[&str]| -> Output { project.plugin(arguments).ended_with(1) };
    fail(&["run", "-c", "import spam"]).says("No module named 'spam'").says("add --with PACKAGE");
    fail(&["run", "-c", "print('ModuleNotFoundError: no'); 1 / 0"]).says("ZeroDivisionError");
    let no_hint = fail(&["run", "-c", "import sys; print('ModuleNotFoundError: ', file=sys.stderr); 1 / 0"]);
    assert!(!no_hint.stderr.contains("--with"), "{no_hint}");
    fail(&["run", "--with", "spam==1.0"]).says("--with and --no-project are for Python code");
    project.write("old.py", "# /// script\n# requires-python = '<3.13'\n# ///\n");
    fail(&["run", "old.py"]).says("`old.py`: it requires Python <3.13, and the sandbox has 3.14");
    fail(&["run", "-m", "not_there"]).says("not_there");
}
