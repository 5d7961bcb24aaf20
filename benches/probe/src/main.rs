//! The program whose starts `benches/startup.rs` times. `benches/peers/pyeryx_probe.py` is the same for the peer.
//!
//! | argument | does |
//! | --- | --- |
//! | `about` | prints what is measured, in one line |
//! | `first` | prints what one execution printed |
//! | `fresh N` | N executions, each in a fresh interpreter; prints nanoseconds, one line each |
//! | `anew N` | the same, with the sandbox built anew each time |
//! | `session N` | N executions in one session |
//! | `stages` | the first result, step by step |

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use eryx::{Bundle, Result, Sandbox};

static PYTHON: Bundle = eryx::embed!(packages = []);

fn main() -> ExitCode {
    let mode = env::args().nth(1).unwrap_or_default();
    let count = env::args().nth(2).and_then(|count| count.parse().ok()).unwrap_or(1);
    let done = match mode.as_str() {
        "about" => about(),
        "first" => first(),
        "fresh" => fresh(count),
        "anew" => anew(count),
        "session" => session(count),
        "stages" => stages(),
        _ => {
            eprintln!("startup-probe: say `about`, `first`, `fresh N`, `anew N`, `session N` or `stages`");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("startup-probe: {error}");
            ExitCode::FAILURE
        }
    }
}

fn sandbox() -> Result<Sandbox> {
    Sandbox::builder().with_bundle(&PYTHON).build()
}

fn about() -> Result<()> {
    let manifest = PYTHON.manifest()?;
    let (eryx, python, wasmtime) =
        (manifest.eryx_version, manifest.python_version, manifest.wasmtime_version);
    println!("eryx {eryx} (CPython {python}, wasmtime {wasmtime}, code for {})", manifest.cpu);
    Ok(())
}

fn first() -> Result<()> {
    let output = sandbox()?.execute_blocking("print('hello')")?;
    print!("{}", output.stdout);
    Ok(())
}

fn fresh(count: usize) -> Result<()> {
    let sandbox = sandbox()?;
    timed(count, || sandbox.execute_blocking("pass").map(drop))
}

fn anew(count: usize) -> Result<()> {
    timed(count, || sandbox()?.execute_blocking("pass").map(drop))
}

fn session(count: usize) -> Result<()> {
    let mut session = sandbox()?.session_blocking()?;
    timed(count, || session.execute_blocking("x = 1").map(drop))
}

/// Prints at the end, so that printing is not timed and keeps no cache warm.
fn timed(count: usize, mut run: impl FnMut() -> Result<()>) -> Result<()> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed());
    }
    for time in times {
        println!("{}", time.as_nanos());
    }
    Ok(())
}

fn stages() -> Result<()> {
    let lap =
        |name: &str, since: Instant| println!("{name:<28} {:>8.3} ms", since.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    PYTHON.prepare()?;
    lap("open and link the bundle", start);
    let start = Instant::now();
    let sandbox = sandbox()?;
    lap("build the sandbox", start);
    for (interpreter, code) in [("first", "print('hello')"), ("second", "pass"), ("third", "pass")] {
        let start = Instant::now();
        let mut session = sandbox.session_blocking()?;
        lap(&format!("{interpreter} interpreter"), start);
        for execution in ["first", "second"] {
            let start = Instant::now();
            session.execute_blocking(code)?;
            lap(&format!("  {execution} execution in it"), start);
        }
        let start = Instant::now();
        drop(session);
        lap("  end of it", start);
    }
    Ok(())
}
