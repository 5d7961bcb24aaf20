//! Output of a sandbox: captured, bounded, and passed on as it is written.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use super::pipe::{Pipe, Stdio};

/// Replaces secrets with placeholders.
pub(crate) type Scrubber = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Handler that gets output as the code writes it, in order.
pub(crate) type OutputHandler = Arc<dyn Fn(Stdio, &[u8]) + Send + Sync>;

/// The code exceeded its limit on output.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox wrote more than {0} bytes of output")]
pub(crate) struct OutputLimitError(pub(crate) usize);

#[derive(Default)]
struct CapturedOutput {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    written: usize,
    /// Pipe to a reader; while it is set, output is not captured.
    pipe: Option<Pipe>,
}

struct SinkState {
    captured: Mutex<CapturedOutput>,
    limit: usize,
    keep: bool,
    handler: Option<OutputHandler>,
}

/// Receives both streams of one interpreter, from `sys.stdout` as well as from `os.write(1, …)`.
#[derive(Clone)]
pub struct Sink(Arc<SinkState>);

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("limit", &self.0.limit).finish_non_exhaustive()
    }
}

impl Sink {
    /// Makes a sink that captures at most `limit` bytes of both streams together between two
    /// [`take`](Self::take)s.
    pub fn capture(limit: usize) -> Self {
        Self::with_handler(limit, true, None)
    }

    /// Makes a sink that calls `handler` with output, and captures it if `keep` is set.
    pub(crate) fn with_handler(limit: usize, keep: bool, handler: Option<OutputHandler>) -> Self {
        Self(Arc::new(SinkState { captured: Mutex::default(), limit, keep, handler }))
    }

    /// Takes the output (stdout, stderr) since the last call.
    pub fn take(&self) -> (Vec<u8>, Vec<u8>) {
        let captured = std::mem::take(&mut *self.lock());
        (captured.stdout, captured.stderr)
    }

    /// Returns the number of bytes written to both streams since the last [`take`](Self::take).
    pub(crate) fn written(&self) -> usize {
        self.lock().written
    }

    /// Sends output to a pipe instead of capturing it, until the next [`take`](Self::take).
    pub(crate) fn attach(&self, pipe: Pipe) {
        self.lock().pipe = Some(pipe);
    }

    /// Writes, and waits until the pipe's reader has made room.
    pub(crate) async fn deliver(&self, to: Stdio, bytes: &[u8]) -> Result<(), OutputLimitError> {
        let pipe = self.write(to, bytes)?;
        if let Some(pipe) = pipe {
            pipe.write(to, bytes).await;
        }
        Ok(())
    }

    /// Counts output, and captures it or calls the handler. The caller writes it to the returned pipe.
    fn write(&self, to: Stdio, bytes: &[u8]) -> Result<Option<Pipe>, OutputLimitError> {
        let pipe = {
            let mut captured = self.lock();
            // Checks the limit first: the guest's data must not decide how much the host allocates.
            if bytes.len() > self.0.limit - captured.written {
                return Err(OutputLimitError(self.0.limit));
            }
            captured.written += bytes.len();
            match to {
                _ if !self.0.keep || captured.pipe.is_some() => {}
                Stdio::Stdout => captured.stdout.extend_from_slice(bytes),
                Stdio::Stderr => captured.stderr.extend_from_slice(bytes),
            }
            captured.pipe.clone()
        };
        if let Some(handler) = &self.0.handler {
            handler(to, bytes);
        }
        Ok(pipe)
    }

    /// Returns the WASI end of one stream.
    pub(crate) fn stream(&self, to: Stdio, scrubber: Option<Scrubber>) -> WasiOutput {
        WasiOutput { sink: self.clone(), to, scrubber }
    }

    fn lock(&self) -> MutexGuard<'_, CapturedOutput> {
        // A panic in a handler leaves the buffers consistent.
        self.0.captured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `wasi:cli/stdout` or `stderr`, the stream behind `os.write`.
pub(crate) struct WasiOutput {
    sink: Sink,
    to: Stdio,
    scrubber: Option<Scrubber>,
}

/// Maximum size of one WASI write, in bytes.
const WRITE_PERMIT: usize = 64 << 10;

#[wasmtime_wasi::async_trait]
impl Pollable for WasiOutput {
    async fn ready(&mut self) {
        let pipe = self.sink.lock().pipe.clone();
        if let Some(pipe) = pipe {
            pipe.room(WRITE_PERMIT).await;
        }
    }
}

impl OutputStream for WasiOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let bytes = match &self.scrubber {
            None => bytes,
            Some(scrub) => {
                let mut bytes = bytes.to_vec();
                scrub(&mut bytes);
                bytes.into()
            }
        };
        let pipe = self.sink.write(self.to, &bytes).map_err(|error| StreamError::Trap(error.into()))?;
        if let Some(pipe) = pipe {
            // A guest that writes more than its permit loses the rest.
            pipe.write_now(self.to, &bytes);
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        // A full permit or zero: with a smaller permit, libc makes a short write, and few programs handle those.
        let has_room = self.sink.lock().pipe.as_ref().is_none_or(|pipe| pipe.free() >= WRITE_PERMIT);
        Ok(if has_room { WRITE_PERMIT } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_for_both_streams_and_starts_anew_with_each_take() {
        let sink = Sink::capture(4);
        sink.write(Stdio::Stdout, b"ab").unwrap();
        sink.write(Stdio::Stderr, b"cd").unwrap();
        assert!(sink.write(Stdio::Stdout, b"e").is_err());
        assert_eq!(sink.take(), (b"ab".to_vec(), b"cd".to_vec()));
        sink.write(Stdio::Stdout, b"efgh").unwrap();
        assert_eq!(sink.take(), (b"efgh".to_vec(), vec![]));
    }

    #[test]
    fn a_handler_sees_writes_in_order() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let handler: OutputHandler =
            Arc::new(move |to, bytes: &[u8]| log.lock().unwrap().push((to, bytes.to_vec())));
        let sink = Sink::with_handler(100, true, Some(handler));
        sink.write(Stdio::Stdout, b"1").unwrap();
        sink.write(Stdio::Stderr, b"2").unwrap();
        let expected = [(Stdio::Stdout, b"1".to_vec()), (Stdio::Stderr, b"2".to_vec())];
        assert_eq!(*seen.lock().unwrap(), expected);
    }

    #[test]
    fn what_is_not_kept_still_counts() {
        let sink = Sink::with_handler(4, false, None);
        sink.write(Stdio::Stdout, b"abc").unwrap();
        assert!(sink.write(Stdio::Stdout, b"de").is_err());
        assert_eq!(sink.take(), (vec![], vec![]));
    }
}
