//! Output while it is produced.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Result;
use crate::host::{Chunk, Pipe};
use crate::outcome::Output;

type OutputFuture<'a> = Pin<Box<dyn Future<Output = Result<Output>> + Send + 'a>>;

/// An execution whose output is read while it runs, made by [`Sandbox::stream`](crate::Sandbox::stream) and
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
/// The code runs while the stream is polled, as any future does, and some 256 KiB ahead of its reader at most: a slow
/// reader slows the code down, within its limit on wall time. Dropping the stream stops the code.
///
/// Chunks come in the order in which they were written, both streams together, `os.write` included. What was read here is
/// not in the [`Output`] again, whose `stdout` and `stderr` are empty; it counts towards the limit all the same.
///
/// It is a [`futures_core::Stream`] as well, for those who use its combinators.
#[must_use = "code runs while its stream is polled"]
pub struct Stream<'a> {
    /// Until it has ended.
    run: Option<OutputFuture<'a>>,
    pipe: Pipe,
    result: Option<Result<Output>>,
}

impl<'a> Stream<'a> {
    /// A stream of the execution that `run` makes, which writes to the pipe that it is given.
    pub(super) fn new<F: Future<Output = Result<Output>> + Send + 'a>(run: impl FnOnce(Pipe) -> F) -> Self {
        let pipe = Pipe::default();
        Self { run: Some(Box::pin(run(pipe.clone()))), pipe, result: None }
    }

    /// The next output; `None` when the execution has ended and all was read.
    pub async fn next(&mut self) -> Option<Chunk> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// Lets the execution run to its end, dropping output that was not read, and says what came of it.
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
            // The interpreter goes now, not when somebody drops the stream.
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
