//! The command line: parses the arguments and calls one subcommand.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand, error::ErrorKind};
use eryx_build::Result;
use tracing_subscriber::EnvFilter;

use crate::app::App;
use crate::options::{Color, Options, subcommand_position};
use crate::{add, audit, bundle, cache, cargo, completions, embed, fetch, inspect, lock, remove, run, tree};

/// Real CPython with packages, sandboxed, inside a single Rust binary
#[derive(Debug, Parser)]
#[command(
    name = "cargo-eryx",
    bin_name = "cargo eryx",
    version,
    propagate_version = false,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum Command {
    /// Build the declared bundle into a file
    Bundle(bundle::Bundle),
    /// Run Python code in the declared bundle, or bundle and `cargo run`
    #[command(override_usage = run::USAGE)]
    Run(Box<run::Run>),
    /// Bundle, then `cargo build`
    #[command(override_usage = "cargo eryx build [OPTIONS] [CARGO OPTIONS]")]
    Build(cargo::Cargo),
    /// Bundle, then `cargo test`
    #[command(override_usage = "cargo eryx test [OPTIONS] [CARGO OPTIONS]")]
    Test(cargo::Cargo),
    /// Choose versions of all packages and write them to eryx.lock
    Lock(lock::Lock),
    /// Add packages to the declaration
    Add(add::Add),
    /// Remove packages from the declaration
    Remove(remove::Remove),
    /// Show the bundled packages, and why each is needed
    Tree(tree::Tree),
    /// Download everything that a later build without network needs
    Fetch,
    /// Show the contents of a bundle or an executable
    Inspect(inspect::Inspect),
    /// Look for known vulnerabilities of bundled packages
    Audit(audit::Audit),
    /// Show or prune the files that eryx keeps on this machine
    Cache(cache::Cache),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Answer the embed! macro
    #[command(hide = true)]
    Embed,
}

/// Runs the program. The exit status is 1 for an error of this program, otherwise that of cargo or of the
/// Python code.
pub(crate) fn main(mut arguments: Vec<OsString>) -> ExitCode {
    // `cargo eryx bundle` starts `cargo-eryx eryx bundle`.
    if arguments.get(1).is_some_and(|first| first == "eryx") {
        arguments.remove(1);
    }
    let cli = parse(arguments).unwrap_or_else(|error| error.exit());
    listen(&cli.options);
    let app = App::new(cli.options);
    let console = app.console.clone();
    execute(app, cli.command).unwrap_or_else(|error| {
        console.clear();
        console.error(&error);
        ExitCode::FAILURE
    })
}

fn execute(app: App, command: Command) -> Result<ExitCode> {
    match command {
        Command::Bundle(arguments) => bundle::execute(&app, &arguments),
        Command::Run(arguments) => run::execute(&app, &arguments),
        Command::Build(arguments) => cargo::execute(&app, "build", &arguments),
        Command::Test(arguments) => cargo::execute(&app, "test", &arguments),
        Command::Lock(arguments) => lock::execute(&app, &arguments),
        Command::Add(arguments) => add::execute(&app, &arguments),
        Command::Remove(arguments) => remove::execute(&app, &arguments),
        Command::Tree(arguments) => tree::execute(&app, &arguments),
        Command::Fetch => fetch::execute(&app),
        Command::Inspect(arguments) => inspect::execute(&app, &arguments),
        Command::Audit(arguments) => audit::execute(&app, &arguments),
        Command::Cache(arguments) => cache::execute(&app, &arguments),
        Command::Completions(arguments) => completions::execute(&arguments),
        Command::Embed => embed::execute(app),
    }
}

fn parse(mut arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let for_cargo = arguments_for_cargo(&mut arguments);
    let mut cli = Cli::try_parse_from(&arguments)?;
    match &mut cli.command {
        Command::Build(cargo) | Command::Test(cargo) => {
            let found = cli
                .options
                .absorb(for_cargo)
                .map_err(|message| Cli::command().error(ErrorKind::InvalidValue, message))?;
            if cli.options.target.is_none() {
                cli.options.target =
                    std::env::var("CARGO_BUILD_TARGET").ok().filter(|target| !target.is_empty());
            }
            cargo.rest = found.rest;
            cargo.workspace = found.workspace;
        }
        Command::Run(run) => run.split_at_dashes(&arguments),
        _ => {}
    }
    Ok(cli)
}

/// Takes the arguments after `build` or `test` away from clap, which would drop a `--` that is meant for
/// cargo.
fn arguments_for_cargo(arguments: &mut Vec<OsString>) -> Vec<OsString> {
    let position = subcommand_position(arguments);
    let Some(position) = position.filter(|at| arguments[*at] == "build" || arguments[*at] == "test") else {
        return Vec::new();
    };
    let ours = arguments[position + 1..].iter().take_while(|argument| *argument != "--");
    if ours.clone().any(|argument| argument == "--help" || argument == "-h") {
        // `--help` shows the help of this program, which clap prints.
        arguments.truncate(position + 1);
        arguments.push("--help".into());
        return Vec::new();
    }
    arguments.split_off(position + 1)
}

/// Sends the log of all crates to stderr: `-v` logs the steps, `-vv` all events, and `ERYX_LOG` sets its own
/// filter.
fn listen(options: &Options) {
    let default = match options.verbose {
        0 => "off",
        1 => "cargo_eryx=info,eryx_build=info,eryx_rt=info",
        _ => "cargo_eryx=trace,eryx_build=trace,eryx_rt=trace",
    };
    let filter = EnvFilter::try_from_env("ERYX_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(
            options.color != Some(Color::Never) && std::io::IsTerminal::is_terminal(&std::io::stderr()),
        )
        .without_time()
        .init();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cli(text: &str) -> Result<Cli, clap::Error> {
        parse(text.split_whitespace().map(Into::into).collect())
    }

    fn words(rest: &[OsString]) -> Vec<&str> {
        rest.iter().map(|word| word.to_str().unwrap()).collect()
    }

    #[test]
    fn clap_finds_no_contradiction() {
        Cli::command().debug_assert();
    }

    #[test]
    fn cargo_gets_its_own_arguments_untouched() {
        let cli = cli("cargo-eryx --offline test --release -p a -- --nocapture").unwrap();
        assert!(cli.options.offline);
        assert_eq!(cli.options.package, ["a"]);
        let Command::Test(cargo) = cli.command else { panic!("not test") };
        assert_eq!(words(&cargo.rest), ["--release", "--", "--nocapture"]);
    }

    #[test]
    fn our_help_answers_for_cargo_commands() {
        let help = cli("cargo-eryx build --release --help").unwrap_err();
        assert_eq!(help.kind(), ErrorKind::DisplayHelp);
        let Command::Test(cargo) = cli("cargo-eryx test -- --help").unwrap().command else {
            panic!("not test")
        };
        assert_eq!(words(&cargo.rest), ["--", "--help"]);
    }

    #[test]
    fn global_options_stand_on_both_sides() {
        let cli = cli("cargo-eryx -v bundle --target-dir t -p a").unwrap();
        assert_eq!(cli.options.verbose, 1);
        assert_eq!(cli.options.target_dir, Some("t".into()));
    }
}
