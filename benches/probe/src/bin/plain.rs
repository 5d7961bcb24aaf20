//! Plain CPython, in a release build.

use std::process::ExitCode;

static PYTHON: eryx::Bundle = eryx::embed!(packages = [], compression = "zstd-max");

fn main() -> ExitCode {
    probe::main(&PYTHON)
}
