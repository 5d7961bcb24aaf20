//! Complete texts for users: help, errors, `inspect`. Each is a file in `snapshots/`.
//!
//! After an intended change, `INSTA_UPDATE=always cargo eryx test --release --workspace --test plugin text::`
//! writes the files again; read the difference before you commit it.

use insta::{Settings, assert_snapshot};

use crate::common::project::{Cache, plugin_command};
use crate::common::wheel::Wheel;
use crate::common::{Output, Project, kit};

/// Runs the plugin as on a terminal of 100 columns, without the user's settings.
fn plugin(arguments: &[&str]) -> Output {
    let mut command = plugin_command();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ERYX_") {
            command.env_remove(name);
        }
    }
    Output::of(command.env("COLUMNS", "100").args(arguments))
}

/// Compares a text with its file, after replacing sizes, hashes and paths of this machine.
fn check(name: &str, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, instead) in [
        (r"\b[0-9a-f]{32,}\b", "<HASH>"),
        (r"\b[0-9]+(\.[0-9]+)? (B|kB|MB|KiB|MiB)\b", "<SIZE>"),
        (r"/[^ \n:`]*/project-[A-Za-z0-9]+/project", "<PROJECT>"),
        (r"/[^ \n:`]*/project-[A-Za-z0-9]+/cache", "<CACHE>"),
        (r" +<SIZE>", " <SIZE>"),
        (r" +\n", "\n"),
    ] {
        settings.add_filter(pattern, instead);
    }
    settings.bind(|| assert_snapshot!(name, text));
}

#[test]
fn the_help_of_every_command() {
    let all = plugin(&["--help"]).succeeded();
    let commands = all.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"bundle"), "{all}");
    check("help", &all.stdout);
    for command in commands.into_iter().filter(|name| *name != "help") {
        let help = plugin(&[command, "--help"]).succeeded();
        // The plugin's own help has the options that all commands share.
        let own = help.stdout.split("Global options:").next().unwrap();
        check(&format!("help-{command}"), own);
    }
}

/// Returns declarations that fail to build, and the names of their files.
fn mistakes() -> Vec<(&'static str, Project)> {
    let project = || Project::new().cache(Cache::Warm);
    let foreign = Wheel::new("fast", "1.0").tag("cp314-cp314-manylinux_2_28_x86_64").file("fast.py", "");
    vec![
        ("error-unknown-key", project().declare("pakages = []\n")),
        ("error-wrong-type", project().declare("packages = \"six\"\n")),
        ("error-requirement", project().declare("packages = [\"six=1\"]\n")),
        ("error-missing-wheel", project().declare("packages = [\"./wheels/small-1.0-py3-none-any.whl\"]\n")),
        (
            "error-foreign-wheel",
            project().declare(&format!("packages = [\"./wheels/{}\"]\n", foreign.filename())).wheel(&foreign),
        ),
        ("error-import", project().declare("imports = [\"not_there\"]\n")),
        ("error-syntax", project().file("py/wrong.py", "def f(:\n    pass\n").declare("python = \"py\"\n")),
    ]
}

#[test]
fn errors_of_declarations() {
    for (name, project) in mistakes() {
        check(name, &project.plugin(&["bundle", "-o", "out.eryx"]).ended_with(1).stderr);
    }
}

#[test]
fn errors_of_arguments() {
    for (name, arguments) in [
        ("error-no-command", ["bundel", "--offline"]),
        ("error-no-option", ["bundle", "--sing"]),
        ("error-no-file", ["inspect", "/nonexistent.eryx"]),
        ("error-no-bundle", ["inspect", "/dev/null"]),
    ] {
        let output = plugin(&arguments);
        assert_ne!(output.code, Some(0), "{output}");
        check(name, &output.stderr);
    }
}

#[test]
fn what_is_inside_a_bundle() {
    let output = plugin(&["inspect", kit::bundle().to_str().unwrap()]).succeeded();
    // The first line names the file.
    let text = output.stdout.split_once('\n').unwrap().1;
    check("inspect", text);
}
