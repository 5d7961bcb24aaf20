//! Plain CPython.

use std::process::ExitCode;

static PYTHON: eryx::Bundle = eryx::embed!(packages = []);

fn main() -> ExitCode {
    probe::main(&PYTHON)
}
