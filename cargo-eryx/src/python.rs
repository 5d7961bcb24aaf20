//! Runs Python code in a sandbox, for `run`.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use eryx_build::{Error, Result};
use eryx_rt::{Bundle, Cause, Code, Failure, Limits, Relation, Sandbox, Stdin, Stdio};

use crate::app::App;
use crate::stdin::ProcessStdin;

/// A Python program and its limits.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) entry: ProgramLocation,
    /// `sys.argv`; its first item names the program.
    pub(crate) argv: Vec<String>,
    /// The wall time limit; `None` means no limit.
    pub(crate) timeout: Option<Duration>,
    /// The memory limit in megabytes; `None` leaves only the limit of the address space.
    pub(crate) memory_mb: Option<usize>,
}

/// Where the program is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ProgramLocation {
    /// This source text.
    Source(String),
    /// This module of the bundle, as with `python -m`.
    Module(String),
}

/// Runs the program, and forwards its output as it is written. The exit status is the one that Python would
/// have.
///
/// `undeclared` means that the bundle has no packages because the user requested none.
pub(crate) fn run(app: &App, bundle: &Path, program: &Program, undeclared: bool) -> Result<ExitCode> {
    let failed = |error: eryx_rt::Error| Error::new("cannot run the code").because(error);
    let memory = program.memory_mb.map_or(usize::MAX, |mb| mb.saturating_mul(1_000_000));
    let limits = Limits::default()
        .with_wall_time(program.timeout.unwrap_or(Duration::MAX))
        .with_memory(memory)
        // The output goes to the user's terminal, not into a server's memory.
        .with_output(usize::MAX);
    #[expect(unsafe_code, reason = "the plugin has just built the bundle")]
    // SAFETY: this program has built the bundle at this path, in the cache of this user. Files there are
    // never written in place.
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

/// Returns the code that runs the program. JSON strings and arrays are Python literals too.
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
    // The prelude's exit has the printed exception as its cause.
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
                // The system also takes the low eight bits.
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

/// Writes the sandbox's output to the same stream of this process.
fn hand_on(to: Stdio, bytes: &[u8]) {
    let written = match to {
        Stdio::Stdout => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| stdout.flush())
        }
        Stdio::Stderr => io::stderr().lock().write_all(bytes),
    };
    // The reader has closed the pipe (`cargo eryx run … | head`). Further output has no reader, and code that
    // writes forever must not run forever. A shell reports SIGPIPE as 141.
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
