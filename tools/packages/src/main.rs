//! Measures popular packages in the sandbox, and runs their own test suites.
//!
//! It uses the real plugin, as a user would, one package at a time, and compares with native CPython 3.13:
//!
//! ```text
//! cargo build --release -p cargo-eryx -p package-survey
//! target/release/package-survey expect    # output of native CPython, into expected.toml
//! target/release/package-survey survey    # docs/packages.md and docs/packages.json
//! target/release/package-survey suites    # docs/suites.md
//! ```

mod data;
mod document;
mod expect;
// The description of the machine, shared with the start benchmark.
#[path = "../../../benches/figures/src/machine.rs"]
mod machine;
mod native;
mod plugin;
mod process;
mod suites;
mod survey;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use self::native::Native;
use self::plugin::Plugin;

/// An error for the developer who runs this program, so text is enough.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Popular packages and their test suites, in the sandbox and in native CPython
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the smoke programs in native CPython; write their output into expected.toml
    Expect(Selection),
    /// Bundle every package and run its smoke program in the sandbox; write docs/packages.md
    Survey {
        #[command(flatten)]
        selection: Selection,
        /// Also time the import in a bundle that does not import at build time: twice as many bundles
        #[arg(long)]
        cold: bool,
    },
    /// Run the packages' test suites in the sandbox and natively; write docs/suites.md
    Suites(suites::Arguments),
}

/// The selected packages.
#[derive(Debug, Args)]
struct Selection {
    /// Only these, even if they have a result
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,

    /// Also packages that have a result
    #[arg(long)]
    again: bool,
}

impl Selection {
    /// Whether to process a package.
    fn takes(&self, name: &str, done: bool) -> bool {
        if self.only.is_empty() { self.again || !done } else { self.only.iter().any(|only| only == name) }
    }

    /// Refuses unknown names.
    fn check<T>(&self, known: &BTreeMap<String, T>) -> Result<()> {
        match self.only.iter().find(|only| !known.contains_key(*only)) {
            Some(unknown) => Err(format!("there is no `{unknown}` in the data file").into()),
            None => Ok(()),
        }
    }
}

#[derive(Debug, Args)]
struct Options {
    /// Native interpreter to compare with; it must have pip
    #[arg(long, global = true, value_name = "PROGRAM", default_value = "python3.13")]
    python: PathBuf,

    /// The plugin [default: the one in this program's folder]
    #[arg(long, global = true, value_name = "FILE", env = "ERYX_CARGO_PLUGIN")]
    plugin: Option<PathBuf>,

    /// Folder for scratch projects, downloads and the build cache
    #[arg(long, global = true, value_name = "DIR", default_value_os_t = repository().join("target/package-survey"))]
    work: PathBuf,

    /// Seconds that one step of one package may take
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 300)]
    step_timeout: u64,
}

impl Options {
    fn native(&self) -> Result<Native> {
        Native::find(&self.python, Duration::from_secs(self.step_timeout))
    }

    fn plugin(&self) -> Result<Plugin> {
        Plugin::find(self.plugin.as_deref(), &self.work, Duration::from_secs(self.step_timeout))
    }
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        Command::Expect(selection) => expect::execute(&cli.options, selection),
        Command::Survey { selection, cold } => survey::execute(&cli.options, selection, *cold),
        Command::Suites(arguments) => suites::execute(&cli.options, arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn clap_finds_no_contradiction() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_selection_takes_what_is_named_or_not_done() {
        let all = Selection { only: vec![], again: false };
        assert!(all.takes("a", false) && !all.takes("a", true));
        assert!(Selection { only: vec![], again: true }.takes("a", true));
        let only = Selection { only: vec!["a".to_owned()], again: false };
        assert!(only.takes("a", true) && !only.takes("b", false));
        let known = BTreeMap::from([("b".to_owned(), 1)]);
        assert_eq!(only.check(&known).unwrap_err().to_string(), "there is no `a` in the data file");
    }
}
