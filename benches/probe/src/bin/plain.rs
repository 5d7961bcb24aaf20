//! Plain CPython, as a release would have it.

use std::process::ExitCode;

static PYTHON: eryx::Bundle = eryx::embed!(packages = [], compression = "zstd-max");

fn main() -> ExitCode {
    probe::main(&PYTHON)
}
