//! The first result, step by step.

use std::time::Instant;

use eryx::{Bundle, Result};

/// Prints how long each step takes.
pub(crate) fn print(bundle: &Bundle) -> Result<()> {
    let lap =
        |name: &str, since: Instant| println!("{name:<28} {:>8.3} ms", since.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    bundle.prepare()?;
    lap("open and link the bundle", start);
    let start = Instant::now();
    let sandbox = crate::sandbox(bundle)?;
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
