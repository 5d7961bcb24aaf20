//! A program under measurement.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Result;

/// Heading of a column of the tables.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Column {
    /// eryx, this project.
    Ours,
    /// The published crate.
    Crate,
    /// The published Python package.
    Pyeryx,
    /// CPython itself, outside any sandbox.
    Native,
}

impl Column {
    pub(crate) const ALL: [Self; 4] = [Self::Ours, Self::Crate, Self::Pyeryx, Self::Native];

    /// Name in tables and files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "eryx",
            Self::Crate => "crate eryx 0.14",
            Self::Pyeryx => "pyeryx 0.11",
            Self::Native => "CPython alone",
        }
    }
}

/// A program with the modes of the probes.
pub(crate) struct Program {
    pub(crate) column: Column,
    /// The executable.
    pub(crate) path: PathBuf,
    /// Arguments before the mode.
    pub(crate) arguments: Vec<PathBuf>,
}

/// The environment of a program for one row.
#[derive(Clone, Default)]
pub(crate) struct Setting<'a> {
    /// The folder for its extracted files.
    pub(crate) temp_dir: PathBuf,
    /// Further environment variables.
    pub(crate) environment: &'a [(&'static str, &'a str)],
}

impl Program {
    /// Measures the time from just before the process starts until its first line has been read, in
    /// nanoseconds.
    pub(crate) fn first_result(&self, temp_dir: &Path) -> Result<f64> {
        let setting = Setting { temp_dir: temp_dir.to_owned(), environment: &[] };
        let mut command = self.command(&setting);
        command.arg("first").stdin(Stdio::null()).stdout(Stdio::piped());

        let start = Instant::now();
        let mut child = command.spawn().map_err(|error| self.failed(&error.to_string()))?;
        let mut output = BufReader::new(child.stdout.take().ok_or_else(|| self.failed("no output"))?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let time = start.elapsed();

        output.read_to_string(&mut line)?;
        let status = child.wait()?;
        if !status.success() || line != "hello\n" {
            return Err(self.failed(&format!("{status}, output {line:?} instead of \"hello\"")).into());
        }
        Ok(time.as_secs_f64() * 1e9)
    }

    /// Returns the numbers that a mode prints; an empty result if the program does not have the mode.
    pub(crate) fn numbers(&self, setting: &Setting, arguments: &[&str]) -> Result<Option<Vec<f64>>> {
        let output = self.command(setting).args(arguments).stderr(Stdio::piped()).output();
        let output = output.map_err(|error| self.failed(&error.to_string()))?;
        // The probes' exit status for an unknown mode.
        if output.status.code() == Some(2) {
            return Ok(None);
        }
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(self.failed(&format!("{arguments:?}: {}: {}", output.status, said.trim())).into());
        }
        let text = String::from_utf8(output.stdout)?;
        Ok(Some(text.lines().map(str::parse).collect::<Result<_, _>>()?))
    }

    /// Returns the program's description of itself.
    pub(crate) fn about(&self) -> Result<String> {
        let setting = Setting { temp_dir: std::env::temp_dir(), environment: &[] };
        let output = self.command(&setting).arg("about").output()?;
        if !output.status.success() {
            return Err(self.failed(&output.status.to_string()).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// By default, all programs extract files into the folder for temporary files or the one for caches.
    fn command(&self, setting: &Setting) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).stdin(Stdio::null());
        command.env("TMPDIR", &setting.temp_dir).env("XDG_CACHE_HOME", &setting.temp_dir);
        for name in ["ERYX_STORE_DIR", "ERYX_WARM_INSTANCES", "ERYX_ALLOCATOR", "ERYX_CACHE_DIR"] {
            command.env_remove(name);
        }
        command.envs(setting.environment.iter().copied());
        command
    }

    fn failed(&self, how: &str) -> String {
        format!("{} ({}): {how}", self.column.name(), self.path.display())
    }
}
