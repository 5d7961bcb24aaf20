//! Programs whose work `benches/figures` times. `benches/peers` has the same for the peers.
//!
//! | argument | does |
//! | --- | --- |
//! | `about` | prints the program's versions, in one line |
//! | `first` | prints the output of one execution |
//! | `instantiate N` | a new interpreter, N times; its end is not timed |
//! | `fresh N` | `pass` in a new interpreter, and its end, N times without a pause |
//! | `spaced N` | the same, 5 ms apart: background work can finish |
//! | `anew N` | as `fresh`, but builds the sandbox each time |
//! | `throughput SECONDS` | as `fresh`, on two threads; prints executions per second |
//! | `session N SETUP CODE` | N times CODE in one session, after SETUP |
//! | `callback N CODE` | the same, in a session that has the host's function `noop` |
//! | `stream N CODE` | the same, with a handler that receives the output in pieces |
//! | `snapshot N` | a session with some state as bytes, N times |
//! | `restore N` | from those bytes to a new session that has executed a line |
//! | `fork N` | from the session to a copy that has executed a line |
//! | `memory N` | prints the private bytes per live session that ran `x = 1` |
//! | `stages` | the first result, step by step |
//!
//! Unless the table says otherwise, a mode prints N lines of nanoseconds. `PROBE_BUNDLE` names an `.eryx` file to use in
//! place of the bundle in the program.

mod execute;
mod memory;
mod stages;
mod state;
mod timing;

use std::env;
use std::process::ExitCode;

use eryx::{Bundle, Result, Sandbox};

/// Runs the program with this bundle.
pub fn main(embedded: &Bundle) -> ExitCode {
    let done = match env::var_os("PROBE_BUNDLE") {
        // SAFETY: the user of the benchmark has built the bundle, and does not change it during the
        // measurement.
        Some(path) => unsafe { Bundle::open(path) }.and_then(|bundle| run(&bundle)),
        None => run(embedded),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("probe: unknown mode; benches/probe/src/lib.rs lists them");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("probe: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a mode; returns `false` if the mode does not exist.
fn run(bundle: &Bundle) -> Result<bool> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let text = |index: usize| arguments.get(index).map_or("", String::as_str);
    let count = text(1).parse().unwrap_or(1);
    match text(0) {
        "about" => about(bundle)?,
        "first" => print!("{}", sandbox(bundle)?.execute_blocking("print('hello')")?.stdout),
        "instantiate" => execute::instantiate(bundle, count)?,
        "fresh" => execute::fresh(bundle, count)?,
        "spaced" => execute::spaced(bundle, count)?,
        "anew" => execute::anew(bundle, count)?,
        "throughput" => execute::throughput(bundle, count)?,
        "session" => execute::session(bundle, count, text(2), text(3))?,
        "callback" => execute::callback(bundle, count, text(2))?,
        "stream" => execute::stream(bundle, count, text(2))?,
        "snapshot" => state::snapshot(bundle, count)?,
        "restore" => state::restore(bundle, count)?,
        "fork" => state::fork(bundle, count)?,
        "memory" => memory::per_session(bundle, count)?,
        "stages" => stages::print(bundle)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn sandbox(bundle: &Bundle) -> Result<Sandbox> {
    Sandbox::builder().with_bundle(bundle).build()
}

fn about(bundle: &Bundle) -> Result<()> {
    let manifest = bundle.manifest()?;
    let (eryx, python, wasmtime) =
        (manifest.eryx_version, manifest.python_version, manifest.wasmtime_version);
    println!("eryx {eryx} (CPython {python}, wasmtime {wasmtime}, code for {})", manifest.cpu);
    Ok(())
}
