//! `run`: runs Python code in the declared bundle, or builds the bundle and calls `cargo run`.

use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use eryx_build::bounds;
use eryx_build::declare::Spec;
use eryx_build::{Error, Result};

use crate::app::{App, ConfigScope};
use crate::cargo;
use crate::project::Project;
use crate::python::{self, Program, ProgramLocation};
use crate::script::{self, Script};

/// Usage of the two forms of `run`.
pub(crate) const USAGE: &str = "cargo eryx run [OPTIONS] [-c CODE | -m MODULE | SCRIPT] [ARGS]...
       cargo eryx run [OPTIONS] [-p NAME] [--example NAME | --bin NAME] [-- ARGS...]";

/// Arguments of `cargo eryx run`.
#[derive(Debug, Default, Args)]
pub(crate) struct Run {
    /// Python code to run
    #[arg(short, value_name = "CODE")]
    code: Option<String>,

    /// Python module to run as a script
    #[arg(short, value_name = "MODULE", conflicts_with = "code")]
    module: Option<String>,

    /// Run with this package too, without declaring it; can be given more than once
    #[arg(long, value_name = "REQUIREMENT")]
    with: Vec<String>,

    /// Run with the packages of this requirements.txt too
    #[arg(long, value_name = "FILE")]
    with_requirements: Vec<PathBuf>,

    /// Leave out the packages that are declared here
    #[arg(long)]
    no_project: bool,

    /// Let the script's metadata name files, folders, URLs and indexes, and not just packages
    #[arg(long)]
    trust_script: bool,

    /// Python file to run; `-` reads the code from stdin
    script: Option<OsString>,

    /// Arguments of the script, or of the program that `cargo run` runs
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,

    /// Stop the Python code after this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,

    /// Memory the Python code may use, in MB
    #[arg(long, value_name = "MB")]
    memory: Option<usize>,

    #[command(flatten)]
    cargo: CargoRun,

    /// Whether `script` came directly after `--`.
    #[arg(skip)]
    after_dashes: bool,
}

/// Options of `cargo run`. Any of them selects that form.
#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Options for cargo run")]
struct CargoRun {
    /// Run this example
    #[arg(long, value_name = "NAME")]
    example: Option<String>,

    /// Run this binary
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,

    /// Build with optimisations
    #[arg(short, long)]
    release: bool,

    /// Build with this profile
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,

    /// Features to turn on
    #[arg(short = 'F', long, value_name = "FEATURES")]
    features: Vec<String>,

    /// Turn on all features
    #[arg(long)]
    all_features: bool,

    /// Turn off the default features
    #[arg(long)]
    no_default_features: bool,
}

impl Run {
    /// Notes whether the first positional argument came after `--`; clap does not report it.
    pub(crate) fn split_at_dashes(&mut self, arguments: &[OsString]) {
        let Some(script) = &self.script else { return };
        let dashes = arguments.iter().position(|argument| argument == "--");
        // A later `--` is an argument of the script.
        self.after_dashes = dashes.is_some_and(|at| {
            arguments.get(at + 1) == Some(script) && arguments[at + 2..].len() == self.args.len()
        });
    }

    /// Whether this is the `cargo run` form rather than Python code.
    fn is_cargo_run(&self, app: &App) -> bool {
        if self.code.is_some() || self.module.is_some() {
            return false;
        }
        self.script.is_none()
            || self.cargo != CargoRun::default()
            // `run -p NAME -- ARGS` is for cargo; `run -- script.py` means the same as `run script.py`.
            || (self.after_dashes && !app.options.package.is_empty())
    }
}

/// Runs the selected form.
pub(crate) fn execute(app: &App, arguments: &Run) -> Result<ExitCode> {
    if arguments.is_cargo_run(app) {
        return execute_cargo(app, arguments);
    }
    if arguments.cargo != CargoRun::default() {
        return Err(Error::new("-c and -m run Python code, the other options are for `cargo run`")
            .help("leave out one of the two"));
    }
    let program = program(arguments)?;
    let inline = match &program.entry {
        ProgramLocation::Source(source) if arguments.code.is_none() => {
            let path = arguments.script.as_deref().filter(|script| *script != "-");
            Script::read(source, path, arguments.trust_script)?
        }
        _ => None,
    };
    let ephemeral = inline.is_some()
        || arguments.no_project
        || !arguments.with.is_empty()
        || !arguments.with_requirements.is_empty();
    // The search for uv's settings must not begin beside a script, which may come from anywhere together with
    // files of its author.
    let settings = match (arguments.no_project, &inline) {
        (true, _) => ConfigScope::User,
        (false, Some(_)) => ConfigScope::Folder,
        (false, None) => ConfigScope::Project,
    };
    let (spec, name) = wanted(app, arguments, inline)?;
    let undeclared = spec.packages.is_empty();
    let built =
        if ephemeral { app.build_ephemeral(&spec, &name, settings)? } else { app.build(&spec, &name)? };
    python::run(app, &built.path, &program, undeclared)
}

/// Returns the declaration to run with, and its name for people.
///
/// A script with metadata uses only that, even inside a project.
fn wanted(app: &App, arguments: &Run, inline: Option<Script>) -> Result<(Spec, String)> {
    let (mut spec, name) = if let Some(script) = inline {
        (script.spec, script.name)
    } else {
        let project = if arguments.no_project { None } else { Project::declared(&app.options)? };
        match project {
            Some(project) => (project.spec()?, project.name),
            // Without a declaration, the code runs on plain CPython, for quick experiments.
            None => (Spec::new("."), "plain CPython".to_owned()),
        }
    };
    let declared = spec.packages.len();
    for requirement in &arguments.with {
        spec.packages.push(script::from_here(requirement));
    }
    for file in &arguments.with_requirements {
        spec.packages.extend(script::requirements(file)?);
    }
    let name = match &spec.packages[declared..] {
        [] => name,
        added => format!("{name} with {}", added.join(", ")),
    };
    Ok((spec, name))
}

fn execute_cargo(app: &App, arguments: &Run) -> Result<ExitCode> {
    if let Some(script) = arguments.script.as_ref().filter(|_| !arguments.after_dashes) {
        return Err(Error::new(format!("`{}` is not an option of `cargo run`", script.display()))
            .help("put the arguments of the program behind `--`"));
    }
    let for_python = !arguments.with.is_empty() || !arguments.with_requirements.is_empty();
    if for_python || arguments.no_project || arguments.trust_script {
        return Err(Error::new("--with and --no-project are for Python code, but no code is given")
            .help("add a script, -c CODE or -m MODULE"));
    }
    if arguments.timeout.is_some() || arguments.memory.is_some() {
        return Err(Error::new(
            "--timeout and --memory are for Python code; a Rust program sets its own limits",
        ));
    }
    for project in Project::selected(&app.options, false)? {
        app.build(&project.spec()?, &project.name)?;
    }
    cargo::hand_over(app, "run", &arguments.cargo.rest(arguments.script.as_deref(), &arguments.args))
}

impl CargoRun {
    /// Returns these options as arguments for cargo, followed by those of the program.
    fn rest(&self, first: Option<&OsStr>, args: &[OsString]) -> Vec<OsString> {
        let mut rest: Vec<OsString> = Vec::new();
        for (name, value) in
            [("--example", &self.example), ("--bin", &self.bin), ("--profile", &self.profile)]
        {
            rest.extend(value.iter().flat_map(|value| [name.into(), value.into()]));
        }
        rest.extend(self.features.iter().flat_map(|value| ["--features".into(), value.into()]));
        for (name, on) in [
            ("--release", self.release),
            ("--all-features", self.all_features),
            ("--no-default-features", self.no_default_features),
        ] {
            rest.extend(on.then(|| name.into()));
        }
        if first.is_some() || !args.is_empty() {
            rest.push("--".into());
            rest.extend(first.map(Into::into));
            rest.extend_from_slice(args);
        }
        rest
    }
}

/// Returns the Python program that the arguments name.
fn program(arguments: &Run) -> Result<Program> {
    let mut args = arguments.args.clone();
    if arguments.code.is_some() || arguments.module.is_some() {
        // With -c or -m, the first positional argument is not a script, but an argument too.
        args.splice(0..0, arguments.script.clone());
    }
    let (entry, name) = match (&arguments.code, &arguments.module, &arguments.script) {
        (Some(code), _, _) => (ProgramLocation::Source(code.clone()), "-c".to_owned()),
        // CPython also sets this value until it has found the module's file.
        (None, Some(module), _) => (ProgramLocation::Module(module.clone()), "-m".to_owned()),
        (None, None, Some(script)) if script == "-" => {
            let mut source = String::new();
            std::io::stdin()
                .take(bounds::SCRIPT_BYTES + 1)
                .read_to_string(&mut source)
                .map_err(|error| Error::new("cannot read the code from stdin").because(error))?;
            if source.len() as u64 > bounds::SCRIPT_BYTES {
                let most = bounds::size(bounds::SCRIPT_BYTES);
                return Err(Error::new(format!("the code from stdin is larger than {most}")));
            }
            (ProgramLocation::Source(source), "-".to_owned())
        }
        (None, None, script) => {
            let script = script.clone().unwrap_or_default();
            let source = bounds::text(script.as_ref(), bounds::SCRIPT_BYTES)
                .map_err(|error| Error::new("cannot run").because(error))?;
            (ProgramLocation::Source(source), text(script)?)
        }
    };
    let mut words = vec![name];
    for argument in args {
        words.push(text(argument)?);
    }
    Ok(Program { entry, argv: words, timeout: arguments.timeout, memory_mb: arguments.memory })
}

fn text(argument: OsString) -> Result<String> {
    argument
        .into_string()
        .map_err(|argument| Error::new(format!("the argument `{}` is not UTF-8", argument.display())))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|time| !time.is_zero()).ok_or_else(|| "give a number of seconds, such as 2.5".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::options::Options;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
        #[command(flatten)]
        run: Run,
    }

    fn run(text: &str) -> (App, Run) {
        let arguments: Vec<OsString> = format!("run {text}").split_whitespace().map(Into::into).collect();
        let mut cli = Cli::try_parse_from(&arguments).unwrap();
        cli.run.split_at_dashes(&arguments);
        (App::new(cli.options), cli.run)
    }

    fn argv(text: &str) -> Vec<String> {
        let (app, run) = run(text);
        assert!(!run.is_cargo_run(&app), "{text}");
        let mut run = run;
        // The source of the code (argument or stdin) does not matter here.
        if let Some(script) = run.script.take().filter(|_| run.code.is_none()) {
            run.args.insert(0, script);
            run.code = Some(String::new());
            return program(&run).unwrap().argv.split_off(1);
        }
        program(&Run { script: run.script, ..run }).unwrap().argv
    }

    fn cargo_run(text: &str) -> String {
        let (app, run) = run(text);
        assert!(run.is_cargo_run(&app), "{text}");
        let rest = run.cargo.rest(run.script.as_deref(), &run.args);
        rest.join(OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn scripts_get_their_arguments_whatever_they_look_like() {
        assert_eq!(argv("s.py"), ["s.py"]);
        assert_eq!(argv("-- s.py a"), ["s.py", "a"]);
        assert_eq!(argv("--timeout 2 s.py --flag -x -p q"), ["s.py", "--flag", "-x", "-p", "q"]);
        assert_eq!(argv("s.py a -- b"), ["s.py", "a", "--", "b"]);
        assert_eq!(argv("-p pkg s.py a"), ["s.py", "a"]);
        assert_eq!(argv("-c x"), ["-c"]);
    }

    #[test]
    fn code_in_a_package_has_its_arguments() {
        let (app, run) = run("-p pkg -c code one --two");
        assert!(!run.is_cargo_run(&app));
        assert_eq!(program(&run).unwrap().argv, ["-c", "one", "--two"]);
        assert_eq!(program(&run).unwrap().entry, ProgramLocation::Source("code".into()));
    }

    #[test]
    fn modules_have_their_arguments() {
        let (app, run) = run("--with a==1 --with b -m tool.cli one --two");
        assert!(!run.is_cargo_run(&app));
        assert_eq!(run.with, ["a==1", "b"]);
        let program = program(&run).unwrap();
        assert_eq!(
            (program.entry, program.argv),
            (ProgramLocation::Module("tool.cli".into()), words(["-m", "one", "--two"]))
        );
    }

    fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
        words.map(str::to_owned).to_vec()
    }

    #[test]
    fn packages_and_examples_are_run_by_cargo() {
        assert_eq!(cargo_run(""), "");
        assert_eq!(cargo_run("-p pkg"), "");
        assert_eq!(cargo_run("-p pkg -- a --b"), "-- a --b");
        assert_eq!(cargo_run("--example e --release -- x"), "--example e --release -- x");
        assert_eq!(cargo_run("--bin b -F one --features two"), "--bin b --features one --features two");
    }

    #[test]
    fn times_must_be_times() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for text in ["", "x", "-1", "0", "inf", "nan", "1e300"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
