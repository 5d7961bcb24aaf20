//! Runs Python code in a sandbox, for `run`.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use eryx_build::{Error, Result};
use eryx_rt::{Bundle, Cause, Code, Failure, Limits, Relation, Sandbox, Stdin, Stdio};

use crate::app::App;
use crate::stdin::ProcessStdin;

/// What to run.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) entry: ProgramLocation,
    /// `sys.argv`; its first item names the program.
    pub(crate) argv: Vec<String>,
    /// `None` is no limit.
    pub(crate) timeout: Option<Duration>,
    /// In megabytes; `None` is no limit but that of the address space.
    pub(crate) memory_mb: Option<usize>,
}

/// Where the program is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ProgramLocation {
    /// Here is its source.
    Source(String),
    /// In this module of the bundle, as after `python -m`.
    Module(String),
}

/// Runs the program; its output goes to ours as it is written. The exit status is what Python's would be.
///
/// `undeclared` says that the bundle holds no packages because nobody asked for any.
pub(crate) fn run(app: &App, bundle: &Path, program: &Program, undeclared: bool) -> Result<ExitCode> {
    let failed = |error: eryx_rt::Error| Error::new("cannot run the code").because(error);
    let memory = program.memory_mb.map_or(usize::MAX, |mb| mb.saturating_mul(1_000_000));
    let limits = Limits::default()
        .with_wall_time(program.timeout.unwrap_or(Duration::MAX))
        .with_memory(memory)
        // Here it is the user's terminal, not a server's memory.
        .with_output(usize::MAX);
    #[expect(unsafe_code, reason = "the plugin has just built the bundle")]
    // SAFETY: the path is that of a bundle that this program has built, in the cache of this user. Files there are never
    // written in place.
    let bundle = unsafe { Bundle::open(bundle) }.map_err(failed)?;
    let sandbox = Sandbox::builder()
        .with_bundle(&bundle)
        .with_limits(limits)
        .with_output(hand_on)
        .without_capture()
        .build()
        .map_err(failed)?;
    let code = Code::new(code(program)?).with_stdin(Stdin::reader(ProcessStdin::default()));
    match sandbox.execute_blocking(code) {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(eryx_rt::Error::Execution(failure)) => ended(app, &failure, undeclared),
        Err(error) => Err(failed(error)),
    }
}

/// The program with what makes it one. JSON strings and arrays are Python literals too.
fn code(program: &Program) -> Result<String> {
    let literal =
        |value: serde_json::Result<String>| value.map_err(|error| Error::new("cannot quote").because(error));
    let argv = literal(serde_json::to_string(&program.argv))?;
    let (function, text) = match &program.entry {
        ProgramLocation::Source(source) => ("_run", source),
        ProgramLocation::Module(module) => ("_run_module", module),
    };
    let text = literal(serde_json::to_string(text))?;
    Ok(format!("{}\n{function}({text}, {argv})\n", include_str!("prelude.py")))
}

fn ended(app: &App, failure: &Failure, undeclared: bool) -> Result<ExitCode> {
    // The prelude's exit is caused by the exception that it has printed.
    let caused_by = |kind: &str| {
        let causes = failure.exception().map(|exception| exception.chained.as_slice()).unwrap_or_default();
        causes.iter().any(|cause| cause.relation == Relation::Cause && cause.kind == kind)
    };
    if undeclared && caused_by("ModuleNotFoundError") {
        app.console.warn(
            "no packages are declared here, so this was plain CPython; add --with PACKAGE, \
             or list them in [package.metadata.eryx] of Cargo.toml, or in an eryx.toml",
        );
    }
    match &failure.cause {
        Cause::Exception(exception) => {
            if let Some(code) = exception.exit_code {
                // As the system does it: the low eight bits.
                return Ok(ExitCode::from(code.to_le_bytes()[0]));
            }
            hand_on(Stdio::Stderr, exception.traceback.as_bytes());
            Ok(ExitCode::FAILURE)
        }
        Cause::WallTime(time) => Err(Error::new(format!("stopped: the code did not end within {time:?}"))
            .help("give it more with --timeout SECONDS")),
        cause => Err(Error::new(cause.to_string())),
    }
}

/// Writes the sandbox's output where ours goes.
fn hand_on(to: Stdio, bytes: &[u8]) {
    let written = match to {
        Stdio::Stdout => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| stdout.flush())
        }
        Stdio::Stderr => io::stderr().lock().write_all(bytes),
    };
    // The reader has gone (`cargo eryx run … | head`). What Python would write from here on is for nobody, and code
    // that writes forever must not run forever. 141 is what a shell makes of SIGPIPE.
    if written.is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        std::process::exit(141);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_quoted() {
        let program = Program {
            entry: ProgramLocation::Source("print('a\"b\\n')\n\u{0}\u{7f}ü\u{2028}".into()),
            argv: vec!["s.py".into(), "--x=\"1\"".into()],
            timeout: None,
            memory_mb: None,
        };
        let code = code(&program).unwrap();
        let call = code.lines().last().unwrap();
        assert_eq!(
            call,
            "_run(\"print('a\\\"b\\\\n')\\n\\u0000\u{7f}ü\u{2028}\", [\"s.py\",\"--x=\\\"1\\\"\"])"
        );
    }
}
