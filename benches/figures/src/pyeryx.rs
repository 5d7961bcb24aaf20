//! The peer pyeryx, in its own virtual environment under the target folder.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;
use crate::ours::{kept, repository};
use crate::program::{Column, Program};

/// Version for the comparison.
const VERSION: &str = "0.11.0";

/// Oldest Python that it installs on.
const PYTHON: (u32, u32) = (3, 12);

/// Returns the peer, and the Python that runs it. Installs the peer on first use, with the user's pip
/// settings.
pub(crate) fn programs() -> Result<[Program; 2], String> {
    let folder = kept().join(format!("pyeryx-{VERSION}"));
    let python = folder.join("bin/python");
    if !has_peer(&python) {
        install(&folder, &python)?;
    }
    let probes = repository().join("benches/peers");
    let program = |column, file| Program { column, path: python.clone(), arguments: vec![probes.join(file)] };
    Ok([program(Column::Pyeryx, "pyeryx_probe.py"), program(Column::Native, "native_probe.py")])
}

fn has_peer(python: &Path) -> bool {
    let check = format!("import eryx; assert eryx.__version__ == '{VERSION}'");
    output(Command::new(python).args(["-c", &check])).is_some()
}

fn install(folder: &Path, python: &Path) -> Result<(), String> {
    let host = host_python()?;
    eprintln!("installing pyeryx {VERSION} for {} …", host.display());
    let run = |command: &mut Command| {
        // Standard output is for the table.
        let status = command.stdout(Stdio::null()).status().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("{command:?} failed")) }
    };
    run(Command::new(host).args(["-m", "venv", "--clear"]).arg(folder))?;
    run(Command::new(python).args(["-m", "pip", "install", "--quiet", &format!("pyeryx=={VERSION}")]))
}

/// Finds a Python that is new enough: from PATH, else one of pyenv's.
fn host_python() -> Result<PathBuf, String> {
    let (major, minor) = PYTHON;
    // The check finds the real executable, because a shim would cost time at each start.
    let check = format!("import sys; assert sys.version_info >= ({major}, {minor}); print(sys.executable)");
    let named = ["python3.13", "python3.12", "python3"].map(PathBuf::from);
    named
        .into_iter()
        .chain(pyenv_pythons())
        .find_map(|candidate| output(Command::new(candidate).args(["-c", &check])))
        .map(|path| PathBuf::from(path.trim()))
        .ok_or_else(|| {
            format!("it needs Python {major}.{minor} or newer, and neither PATH nor pyenv has one")
        })
}

fn pyenv_pythons() -> Vec<PathBuf> {
    let root = match (env::var_os("PYENV_ROOT"), env::var_os("HOME")) {
        (Some(root), _) => PathBuf::from(root),
        (None, Some(home)) => Path::new(&home).join(".pyenv"),
        (None, None) => return Vec::new(),
    };
    let Ok(versions) = root.join("versions").read_dir() else { return Vec::new() };
    versions.flatten().map(|version| version.path().join("bin/python3")).collect()
}

/// Returns standard output of a program that succeeds.
fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
