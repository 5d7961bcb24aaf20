//! Detects slow servers: each read ends in time, but the answer as a whole would never end.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use crate::bounds::{LEAST_BYTES, WAIT};
use crate::error::{Error, Result};

/// Environment variable for slow connections: the longest silence of a server, in seconds.
const VARIABLE: &str = "ERYX_HTTP_TIMEOUT";

/// Returns the longest silence of a server: [`WAIT`], unless the environment sets another value.
pub(super) fn wait() -> Result<Duration> {
    let Ok(text) = std::env::var(VARIABLE) else { return Ok(WAIT) };
    let seconds = text.trim().parse().ok().filter(|seconds| (1..=24 * 60 * 60).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        Error::new(format!("{VARIABLE} is `{text}`, which is not a number of seconds"))
            .help(format!("set it to a number such as 120, or unset it: the default is {}", WAIT.as_secs()))
    })
}

/// A reader that fails if bytes arrive too slowly. Only the time in `read` counts: a caller that is busy elsewhere does
/// not make the server slow.
pub(super) struct PacedReader<R> {
    inner: R,
    wait: Duration,
    waited: Duration,
    count: u64,
}

impl<R> PacedReader<R> {
    /// Creates a reader that requires [`LEAST_BYTES`] in each `wait`.
    pub(super) fn new(inner: R, wait: Duration) -> Self {
        Self { inner, wait, waited: Duration::ZERO, count: 0 }
    }
}

/// The error of a [`PacedReader`].
#[derive(Debug)]
struct TooSlow {
    count: u64,
    wait: Duration,
}

impl std::fmt::Display for TooSlow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the server sent {} bytes in {} seconds, which is too slow",
            self.count,
            self.wait.as_secs()
        )
    }
}

impl std::error::Error for TooSlow {}

/// Whether an error comes from a server that was too slow.
pub(super) fn is_too_slow(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync + 'static>::is::<TooSlow>)
}

impl<R: Read> Read for PacedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let begun = Instant::now();
        let count = self.inner.read(buffer)?;
        self.waited += begun.elapsed();
        self.count += count as u64;
        if self.waited >= self.wait {
            // The last part of an answer may be short.
            if self.count < LEAST_BYTES && count > 0 {
                let slow = TooSlow { count: self.count, wait: self.waited };
                return Err(io::Error::new(io::ErrorKind::TimedOut, slow));
            }
            (self.waited, self.count) = (Duration::ZERO, 0);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns that many bytes after each pause.
    struct Drip(Duration, usize);

    impl Read for Drip {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            std::thread::sleep(self.0);
            let count = self.1.min(buffer.len());
            buffer[..count].fill(0);
            Ok(count)
        }
    }

    #[test]
    fn a_drip_is_too_slow_and_a_stream_is_not() {
        let pause = Duration::from_millis(5);
        let mut drip = PacedReader::new(Drip(pause, 1), 10 * pause);
        let error = io::copy(&mut drip, &mut io::sink()).unwrap_err();
        assert!(is_too_slow(&error) && error.to_string().starts_with("the server sent "), "{error}");
        let mut stream = PacedReader::new(Drip(pause, 64 << 10), 10 * pause).take(2 << 20);
        assert_eq!(io::copy(&mut stream, &mut io::sink()).unwrap(), 2 << 20);
    }
}
