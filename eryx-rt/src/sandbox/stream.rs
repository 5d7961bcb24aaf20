//! Output as a stream.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Result;
use crate::host::{Chunk, Pipe};
use crate::outcome::Output;

type OutputFuture<'a> = Pin<Box<dyn Future<Output = Result<Output>> + Send + 'a>>;

/// An execution whose output you read while it runs, made by [`Sandbox::stream`](crate::Sandbox::stream) and
/// [`Session::stream`](crate::Session::stream).
///
/// ```no_run
/// # async fn example(sandbox: eryx_rt::Sandbox) -> eryx_rt::Result<()> {
/// let mut stream = sandbox.stream("for n in range(3): print(n)\n'done'");
/// while let Some(chunk) = stream.next().await {
///     print!("{:?}: {}", chunk.stdio, String::from_utf8_lossy(&chunk.bytes));
/// }
/// let output = stream.finish().await?;
/// assert_eq!(output.value, Some("done".into()));
/// # Ok(())
/// # }
/// ```
///
/// The code runs while the stream is polled, like any future. It runs at most about 256 KiB ahead of its
/// reader: a slow reader slows the code down, within the limit on wall time. Dropping the stream stops the
/// code.
///
/// Chunks come in the order in which they were written, from both streams, including `os.write`. Output that
/// you read from the stream is not in the [`Output`] again, whose `stdout` and `stderr` are empty. It still
/// counts towards the limit.
///
/// The type also implements [`futures_core::Stream`], for its combinators.
#[must_use = "code runs while its stream is polled"]
pub struct Stream<'a> {
    /// `None` after the end.
    run: Option<OutputFuture<'a>>,
    pipe: Pipe,
    result: Option<Result<Output>>,
}

impl<'a> Stream<'a> {
    /// Makes a stream of the execution that `run` starts with its pipe.
    pub(super) fn new<F: Future<Output = Result<Output>> + Send + 'a>(run: impl FnOnce(Pipe) -> F) -> Self {
        let pipe = Pipe::default();
        Self { run: Some(Box::pin(run(pipe.clone()))), pipe, result: None }
    }

    /// Returns the next output, or `None` when the execution has ended and all output was read.
    pub async fn next(&mut self) -> Option<Chunk> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// Drops unread output, runs the execution to its end, and returns its result.
    ///
    /// # Errors
    /// As [`Sandbox::execute`](crate::Sandbox::execute).
    pub async fn finish(mut self) -> Result<Output> {
        while self.next().await.is_some() {}
        match self.result {
            Some(result) => result,
            None => unreachable!("the stream ends with the execution"),
        }
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Chunk>> {
        if let Poll::Ready(chunk) = self.pipe.poll_read(cx) {
            return Poll::Ready(Some(chunk));
        }
        if let Some(run) = &mut self.run
            && let Poll::Ready(result) = run.as_mut().poll(cx)
        {
            self.result = Some(result);
            // Frees the interpreter now, and not only when the stream is dropped.
            self.run = None;
        }
        match self.pipe.poll_read(cx) {
            Poll::Ready(chunk) => Poll::Ready(Some(chunk)),
            Poll::Pending if self.run.is_none() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl futures_core::Stream for Stream<'_> {
    type Item = Chunk;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Chunk>> {
        self.poll_chunk(cx)
    }
}

impl fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("ended", &self.run.is_none()).finish_non_exhaustive()
    }
}
