//! `build` and `test`: build the bundle first, then run cargo.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use clap::Args;
use eryx_build::{Error, Result};

use crate::app::App;
use crate::options::Options;
use crate::project::Project;

/// Arguments of `cargo eryx build` and `cargo eryx test`.
#[derive(Debug, Args)]
pub(crate) struct Cargo {
    /// Everything `cargo build` or `cargo test` takes
    #[arg(value_name = "CARGO OPTIONS", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) rest: Vec<OsString>,

    /// Whether the arguments name the whole workspace.
    #[arg(skip)]
    pub(crate) workspace: bool,
}

/// Bundles the declarations of the selected packages, so that mistakes show before minutes of compiling, then
/// runs `cargo <command>` with the same options.
pub(crate) fn execute(app: &App, command: &str, arguments: &Cargo) -> Result<ExitCode> {
    for project in Project::selected(&app.options, arguments.workspace)? {
        app.build(&project.spec()?, &project.name)?;
    }
    hand_over(app, command, &arguments.rest)
}

/// Runs `cargo <command>` in place of this program. The exit status is cargo's.
pub(crate) fn hand_over(app: &App, command: &str, rest: &[OsString]) -> Result<ExitCode> {
    app.console.clear();
    let mut cargo = cargo(&app.options)?;
    cargo.arg(command).args(app.options.cargo_arguments()).args(rest);
    tracing::debug!(?cargo, "handing over");
    replace(cargo)
}

/// Returns a cargo command whose `embed!` macros use this program, with these options.
fn cargo(options: &Options) -> Result<Command> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_cargo_run) {
            cargo.env_remove(name);
        }
    }
    let this =
        std::env::current_exe().map_err(|error| Error::new("cannot find this program").because(error))?;
    cargo.env("ERYX_CARGO_PLUGIN", this);
    // The macro cannot know the target. Without the option, cargo's own variable decides for both.
    if let Some(target) = options.target.clone().or_else(|| std::env::var("CARGO_BUILD_TARGET").ok()) {
        cargo.env("ERYX_TARGET", target);
    }
    if options.is_offline() {
        cargo.env("CARGO_NET_OFFLINE", "true");
    }
    if options.is_locked() {
        cargo.env("ERYX_LOCKED", "true");
    }
    if let Some(url) = &options.index_url {
        cargo.env("ERYX_INDEX_URL", url);
    }
    // The plugin that the macro starts reads these variables as its options, with one value per line.
    if !options.extra_index_url.is_empty() {
        cargo.env("ERYX_EXTRA_INDEX_URL", options.extra_index_url.join("\n"));
    }
    if !options.find_links.is_empty() {
        let absolute = |place: &String| match std::path::absolute(place) {
            Ok(path) if !place.contains("://") => path.display().to_string(),
            _ => place.clone(),
        };
        cargo.env("ERYX_FIND_LINKS", options.find_links.iter().map(absolute).collect::<Vec<_>>().join("\n"));
    }
    if let Some(time) = &options.exclude_newer {
        cargo.env("ERYX_EXCLUDE_NEWER", time);
    }
    if options.pre {
        cargo.env("ERYX_PRE", "true");
    }
    if let Some(dir) = &options.cache_dir {
        let dir = std::path::absolute(dir)
            .map_err(|error| Error::new("the working directory no longer exists").because(error))?;
        cargo.env("ERYX_CACHE_DIR", dir);
    }
    Ok(cargo)
}

/// Whether `cargo run` set a variable for this program. In a clone, `cargo eryx` is `cargo run`, and build
/// scripts that depend on such variables would run again each time.
fn is_of_cargo_run(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// On Unix, cargo replaces this process, so signals and the exit status need no forwarding.
#[cfg(unix)]
fn replace(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;

    let error = command.exec();
    let program = command.get_program().display();
    Err(Error::new(format!("cannot run {program}")).because(error).help("is cargo in PATH?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_is_told_what_the_macro_must_know() {
        let options = Options {
            target: Some("aarch64-unknown-linux-gnu".into()),
            frozen: true,
            index_url: Some("http://index.test/".into()),
            cache_dir: Some("/cache".into()),
            find_links: vec!["/wheels".into(), "https://files.test/".into()],
            pre: true,
            ..Options::default()
        };
        let cargo = cargo(&options).unwrap();
        let get = |name: &str| {
            cargo
                .get_envs()
                .find(|(key, _)| *key == name)
                .and_then(|(_, value)| value?.to_str().map(str::to_owned))
        };
        assert_eq!(get("ERYX_TARGET").as_deref(), Some("aarch64-unknown-linux-gnu"));
        assert_eq!(get("CARGO_NET_OFFLINE").as_deref(), Some("true"));
        assert_eq!(get("ERYX_LOCKED").as_deref(), Some("true"));
        assert_eq!(get("ERYX_INDEX_URL").as_deref(), Some("http://index.test/"));
        assert_eq!(get("ERYX_CACHE_DIR").as_deref(), Some("/cache"));
        assert_eq!(get("ERYX_FIND_LINKS").as_deref(), Some("/wheels\nhttps://files.test/"));
        assert_eq!(get("ERYX_PRE").as_deref(), Some("true"));
        assert!(get("ERYX_CARGO_PLUGIN").is_some());
        // This test runs under cargo, which set it.
        assert!(cargo.get_envs().any(|(key, value)| key == "CARGO_PKG_NAME" && value.is_none()));
    }
}
