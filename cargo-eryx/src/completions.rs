//! `completions`: scripts for shells.

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use eryx_build::Result;

use crate::cli::Cli;
use crate::console;

/// Arguments of `cargo eryx completions`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script to stdout.
pub(crate) fn execute(arguments: &Completions) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "cargo-eryx", &mut script);
    console::print(&String::from_utf8_lossy(&script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_knows_the_subcommands() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "cargo-eryx", &mut script);
            let script = String::from_utf8(script).unwrap();
            for name in [
                "bundle",
                "run",
                "build",
                "test",
                "lock",
                "add",
                "remove",
                "tree",
                "fetch",
                "inspect",
                "cache",
                "completions",
            ] {
                assert!(script.contains(name), "{shell} knows no {name}");
            }
        }
    }
}
