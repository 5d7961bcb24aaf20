//! A program under measurement.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// A program that knows the probes' modes.
pub(crate) struct Program {
    /// Heading of its column.
    pub(crate) name: &'static str,
    /// The executable.
    pub(crate) path: PathBuf,
    /// Arguments before the mode.
    pub(crate) arguments: Vec<PathBuf>,
    /// Arguments that make it print its first result, and what that is.
    pub(crate) first: (&'static [&'static str], &'static str),
}

impl Program {
    /// Arguments and first result of a probe.
    pub(crate) const PROBE: (&'static [&'static str], &'static str) = (&["first"], "hello\n");

    /// Time from just before the process is started until its first line has been read.
    pub(crate) fn first_result(&self, temp_dir: &Path) -> Result<Duration> {
        let (mode, expected) = self.first;
        let mut command = self.command(temp_dir);
        command.args(mode).stdin(Stdio::null()).stdout(Stdio::piped());

        let start = Instant::now();
        let mut child = command.spawn().map_err(|error| self.failed(&error.to_string()))?;
        let mut output = BufReader::new(child.stdout.take().ok_or_else(|| self.failed("no output"))?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let time = start.elapsed();

        output.read_to_string(&mut line)?;
        let status = child.wait()?;
        if !status.success() || line != expected {
            return Err(self.failed(&format!("{status}, output {line:?} instead of {expected:?}")).into());
        }
        Ok(time)
    }

    /// What a mode that prints times prints.
    pub(crate) fn times(&self, temp_dir: &Path, mode: &str, count: usize) -> Result<Vec<Duration>> {
        let text = self.output(self.command(temp_dir).arg(mode).arg(count.to_string()))?;
        let times: Vec<_> =
            text.lines().map(|line| line.parse().map(Duration::from_nanos)).collect::<Result<_, _>>()?;
        if times.len() != count {
            return Err(self.failed(&format!("{} times instead of {count}", times.len())).into());
        }
        Ok(times)
    }

    /// The program's own words on what it is.
    pub(crate) fn about(&self) -> Result<String> {
        let text = self.output(self.command(&std::env::temp_dir()).arg("about"))?;
        Ok(text.trim().to_owned())
    }

    fn output(&self, command: &mut Command) -> Result<String> {
        let output =
            command.stderr(Stdio::inherit()).output().map_err(|error| self.failed(&error.to_string()))?;
        if !output.status.success() {
            return Err(self.failed(&output.status.to_string()).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Both programs keep what they extract in the folder for temporary files, unless told otherwise.
    fn command(&self, temp_dir: &Path) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).env("TMPDIR", temp_dir).env_remove("ERYX_STORE_DIR");
        command
    }

    fn failed(&self, how: &str) -> String {
        format!("{} ({}): {how}", self.name, self.path.display())
    }
}
