//! The README, followed line by line: install the plugin, make a crate, copy the example, run it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{Output, command, repository, target_dir};

/// Returns the code block between `<!-- name -->` and `<!-- /name -->`.
fn block<'a>(readme: &'a str, name: &str) -> &'a str {
    let (_, rest) = readme
        .split_once(&format!("<!-- {name} -->\n"))
        .unwrap_or_else(|| panic!("README.md has no block `{name}`"));
    let (block, _) = rest
        .split_once(&format!("<!-- /{name} -->"))
        .unwrap_or_else(|| panic!("the block `{name}` of README.md does not end"));
    let (_, code) = block.split_once('\n').expect("a code block begins with its language");
    code.strip_suffix("```\n").unwrap_or_else(|| panic!("the block `{name}` is no code block: {block}"))
}

/// The README expects the clone in the folder `eryx`. This replaces that folder by the path of this repository.
fn with_this_clone(lines: &str) -> String {
    let lines =
        lines.replace("--path eryx/", "--path \"$CLONE\"/").replace("--path ../eryx", "--path \"$CLONE\"");
    assert_eq!(
        lines.matches("\"$CLONE\"").count(),
        2,
        "the README no longer installs the plugin and the crate from a clone: {lines}"
    );
    lines
}

/// A shell that stops at the first failure. It installs into `home` and compiles into the target folder of this test,
/// which already has the compiled dependencies.
fn shell(folder: &Path, home: &Path, script: &str) -> Command {
    let mut shell = command("sh");
    shell.current_dir(folder).args(["-e", "-c", script]);
    shell.env("CLONE", repository()).env("CARGO_TARGET_DIR", target_dir()).env("CARGO_NET_OFFLINE", "true");
    shell.env("CARGO_INSTALL_ROOT", home).env("ERYX_CARGO_PLUGIN", home.join("bin/cargo-eryx"));
    shell
}

#[test]
fn the_first_program_is_made_as_the_readme_says() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    // Outside of the repository: inside it, `cargo new` would add the crate to the workspace.
    let folder = tempfile::tempdir().unwrap();
    let home = tempfile::tempdir().unwrap();

    // With the same lock, cargo reuses the compiled dependencies of this repository.
    let install = with_this_clone(block(&readme, "install"));
    let install = format!("{install}\ncp \"$CLONE\"/Cargo.lock .\n");
    Output::of(&mut shell(folder.path(), home.path(), &install)).succeeded();
    assert!(home.path().join("bin/cargo-eryx").is_file());
    let crates = crate::common::names(folder.path());
    let [name] = crates.as_slice() else { panic!("not one new crate: {crates:?}") };
    let project = folder.path().join(name);

    fs::write(project.join("src/main.rs"), block(&readme, "example")).unwrap();
    // The variable would prevent the plugin from fetching packages; the option affects only crates.
    let run = block(&readme, "run").trim_end();
    let mut program = shell(&project, home.path(), &format!("{run} --offline"));
    program.env_remove("CARGO_NET_OFFLINE");
    Output::of(&mut program).succeeded().prints(block(&readme, "output"));

    // The folder has a new name in each run, so cargo never reuses the crate's artifacts.
    let clean = format!("cargo clean --offline --release --package {name}");
    Output::of(&mut shell(&project, home.path(), &clean)).succeeded();
}

#[test]
fn the_example_is_short() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let lines = block(&readme, "example").lines().count();
    assert!((10..=18).contains(&lines), "the example has {lines} lines");
}

#[test]
fn the_readme_has_the_commands_of_the_clone() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    for line in ["cargo eryx run --release -p report", "cargo eryx test --release --workspace"] {
        assert!(readme.lines().any(|one| one == line), "{line}");
    }
}
