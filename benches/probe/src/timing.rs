//! The clock, and the output of times.

use std::thread;
use std::time::{Duration, Instant};

use eryx::Result;

/// Measures `count` runs, one after the other.
pub(crate) fn timed(count: usize, mut run: impl FnMut() -> Result<()>) -> Result<()> {
    each(count, || {
        let start = Instant::now();
        run()?;
        Ok(start.elapsed())
    })
}

/// Measures runs with a pause before each.
pub(crate) fn spaced(count: usize, mut run: impl FnMut() -> Result<()>) -> Result<()> {
    each(count, || {
        thread::sleep(Duration::from_millis(5));
        let start = Instant::now();
        run()?;
        Ok(start.elapsed())
    })
}

/// Prints the times that `run` returns. It prints at the end, so that printing is not timed and keeps no
/// cache warm.
pub(crate) fn each(count: usize, mut run: impl FnMut() -> Result<Duration>) -> Result<()> {
    let times: Vec<Duration> = (0..count).map(|_| run()).collect::<Result<_>>()?;
    for time in times {
        println!("{}", time.as_nanos());
    }
    Ok(())
}
