//! CPython with pydantic, imported.

use std::process::ExitCode;

static PYTHON: eryx::Bundle = eryx::embed!(packages = ["pydantic==2.14.3"], imports = ["pydantic"]);

fn main() -> ExitCode {
    probe::main(&PYTHON)
}
