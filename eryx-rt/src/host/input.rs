//! Standard input of an execution.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError, StreamResult};

/// Standard input for code: `sys.stdin`, `input()`, and file descriptor 0.
///
/// Made from text, bytes, or a [reader](Self::reader).
///
/// ```
/// use eryx_rt::{Code, Stdin};
/// let code = Code::new("import sys\nsum(int(line) for line in sys.stdin)").with_stdin("1\n2\n3\n");
/// let code = Code::new("input()").with_stdin(Stdin::reader(&b"from somewhere\n"[..]));
/// ```
pub struct Stdin(StdinSource);

enum StdinSource {
    Bytes(Bytes),
    Reader(Box<dyn AsyncRead + Send + Unpin>),
}

impl Stdin {
    /// An empty input.
    pub const fn empty() -> Self {
        Self(StdinSource::Bytes(Bytes::new()))
    }

    /// Makes an input that reads from `reader` on demand. The code waits while the reader does; an error of
    /// the reader is `OSError` in Python.
    pub fn reader(reader: impl AsyncRead + Send + Unpin + 'static) -> Self {
        Self(StdinSource::Reader(Box::new(reader)))
    }

    /// Reads at most `most` bytes; returns zero bytes at the end.
    fn poll_read(&mut self, most: usize, cx: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        match &mut self.0 {
            StdinSource::Bytes(bytes) => Poll::Ready(Ok(bytes.split_to(most.min(bytes.len())))),
            StdinSource::Reader(reader) => {
                let mut bytes = vec![0; most];
                let mut buffer = ReadBuf::new(&mut bytes);
                std::task::ready!(Pin::new(reader).poll_read(cx, &mut buffer))?;
                let filled = buffer.filled().len();
                bytes.truncate(filled);
                Poll::Ready(Ok(bytes.into()))
            }
        }
    }
}

impl Default for Stdin {
    fn default() -> Self {
        Self::empty()
    }
}

impl fmt::Debug for Stdin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            StdinSource::Bytes(bytes) => f.debug_tuple("Stdin").field(&bytes.len()).finish(),
            StdinSource::Reader(_) => f.write_str("Stdin(reader)"),
        }
    }
}

impl From<Vec<u8>> for Stdin {
    fn from(bytes: Vec<u8>) -> Self {
        Self(StdinSource::Bytes(bytes.into()))
    }
}

impl From<String> for Stdin {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&[u8]> for Stdin {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<&str> for Stdin {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

/// Maximum number of bytes per read: the guest must not decide how much the host allocates.
const MOST: usize = 64 << 10;

/// Standard input of an interpreter, for the running execution. The host and the guest's stream share it.
#[derive(Clone, Default)]
pub(crate) struct Input(Arc<Mutex<InputState>>);

#[derive(Default)]
struct InputState {
    stdin: Stdin,
    /// Bytes that were read ahead to find out whether input is ready.
    ahead: Option<io::Result<Bytes>>,
}

impl Input {
    /// Begins an execution.
    pub(crate) fn set(&self, stdin: Stdin) {
        *self.lock() = InputState { stdin, ahead: None };
    }

    /// Reads at most `most` bytes as soon as there are any; returns zero bytes at the end.
    pub(crate) async fn read(&self, most: usize) -> io::Result<Bytes> {
        self.ready().await;
        self.take(most).unwrap_or_else(|| Ok(Bytes::new()))
    }

    /// Waits until `take` returns a result.
    async fn ready(&self) {
        poll_fn(|cx| {
            let InputState { stdin, ahead } = &mut *self.lock();
            if ahead.is_none() {
                *ahead = Some(std::task::ready!(stdin.poll_read(MOST, cx)));
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Takes at most `most` bytes of those that were read ahead.
    fn take(&self, most: usize) -> Option<io::Result<Bytes>> {
        let ahead = &mut self.lock().ahead;
        match ahead {
            Some(Ok(bytes)) if bytes.len() > most => Some(Ok(bytes.split_to(most))),
            _ => ahead.take(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, InputState> {
        // A panic in a reader does not affect this state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `wasi:cli/stdin`, the stream behind `os.read(0, …)`.
pub(super) struct WasiInput(pub(super) Input);

#[wasmtime_wasi::async_trait]
impl Pollable for WasiInput {
    async fn ready(&mut self) {
        self.0.ready().await;
    }
}

#[wasmtime_wasi::async_trait]
impl InputStream for WasiInput {
    fn read(&mut self, most: usize) -> StreamResult<Bytes> {
        match self.0.take(most) {
            // The guest then waits with `ready`, which reads ahead.
            None => Ok(Bytes::new()),
            Some(Ok(bytes)) if bytes.is_empty() && most > 0 => Err(StreamError::Closed),
            Some(Ok(bytes)) => Ok(bytes),
            Some(Err(error)) => Err(StreamError::LastOperationFailed(error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn both_ends_take_from_the_same_bytes() {
        run(async {
            let input = Input::default();
            assert!(input.read(10).await.unwrap().is_empty());
            input.set("abcdef".into());
            assert_eq!(input.read(2).await.unwrap(), "ab");
            let mut wasi = WasiInput(input.clone());
            wasi.ready().await;
            assert_eq!(wasi.read(1).unwrap(), "c");
            assert_eq!(input.read(10).await.unwrap(), "def");
            assert!(input.read(10).await.unwrap().is_empty());
            wasi.ready().await;
            assert!(matches!(wasi.read(1), Err(StreamError::Closed)));
        });
    }

    #[test]
    fn what_an_execution_left_is_not_for_the_next() {
        run(async {
            let input = Input::default();
            input.set(Stdin::reader(&b"first"[..]));
            assert_eq!(input.read(1).await.unwrap(), "f");
            input.set("second".into());
            assert_eq!(input.read(10).await.unwrap(), "second");
        });
    }
}
