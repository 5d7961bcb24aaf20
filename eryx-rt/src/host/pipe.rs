//! A bounded pipe from the guest, which writes, to a reader of its output.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A standard stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stdio {
    /// `sys.stdout`, and file descriptor 1.
    Stdout,
    /// `sys.stderr`, and file descriptor 2.
    Stderr,
}

/// Maximum number of unread bytes. A guest that writes more waits.
const CAPACITY: usize = 256 << 10;

/// Maximum size of a chunk: small writes are joined up to this size if they are not read in between.
const LARGEST_CHUNK: usize = 64 << 10;

/// A piece of output; chunks come in the order in which they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chunk {
    /// The stream.
    pub stdio: Stdio,
    /// The bytes: at most 64 KiB, which may end within a line or a character.
    pub bytes: Vec<u8>,
}

#[derive(Default)]
struct PipeState {
    chunks: VecDeque<Chunk>,
    /// Total bytes of all chunks.
    length: usize,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Both ends of the pipe.
#[derive(Clone, Default)]
pub(crate) struct Pipe(Arc<Mutex<PipeState>>);

impl Pipe {
    /// Writes all of `bytes`, and waits for room if the pipe is full.
    pub(super) async fn write(&self, stdio: Stdio, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.room(1).await;
            let written = self.push(stdio, bytes);
            bytes = &bytes[written..];
        }
    }

    /// Writes as many bytes as there is room for.
    pub(super) fn write_now(&self, stdio: Stdio, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.free() > 0 {
            let written = self.push(stdio, bytes);
            bytes = &bytes[written..];
        }
    }

    /// Waits until there is room for `length` bytes, at most the capacity of a pipe.
    pub(super) async fn room(&self, length: usize) {
        poll_fn(|cx| {
            let mut state = self.lock();
            if CAPACITY - state.length >= length {
                return Poll::Ready(());
            }
            state.writer = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Returns the number of bytes that can be written without waiting.
    pub(super) fn free(&self) -> usize {
        CAPACITY - self.lock().length
    }

    /// Writes some of `bytes`: at least one if there is room.
    fn push(&self, stdio: Stdio, bytes: &[u8]) -> usize {
        let mut state = self.lock();
        let room = CAPACITY - state.length;
        if room == 0 {
            return 0;
        }
        let count = match state.chunks.back_mut() {
            Some(last) if last.stdio == stdio && last.bytes.len() < LARGEST_CHUNK => {
                let count = bytes.len().min(room).min(LARGEST_CHUNK - last.bytes.len());
                last.bytes.extend_from_slice(&bytes[..count]);
                count
            }
            _ => {
                let count = bytes.len().min(room).min(LARGEST_CHUNK);
                state.chunks.push_back(Chunk { stdio, bytes: bytes[..count].to_vec() });
                count
            }
        };
        state.length += count;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
        count
    }

    /// Reads the oldest chunk.
    pub(crate) fn poll_read(&self, cx: &mut Context<'_>) -> Poll<Chunk> {
        let mut state = self.lock();
        let Some(chunk) = state.chunks.pop_front() else {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        state.length -= chunk.bytes.len();
        if let Some(writer) = state.writer.take() {
            writer.wake();
        }
        Poll::Ready(chunk)
    }

    fn lock(&self) -> MutexGuard<'_, PipeState> {
        // No code panics in the middle of a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;

    use super::*;

    fn read(pipe: &Pipe) -> Option<Chunk> {
        match pipe.poll_read(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(chunk) => Some(chunk),
            Poll::Pending => None,
        }
    }

    #[test]
    fn chunks_are_joined_within_a_stream_and_keep_their_order() {
        let pipe = Pipe::default();
        for (stdio, text) in
            [(Stdio::Stdout, "a"), (Stdio::Stdout, "b"), (Stdio::Stderr, "c"), (Stdio::Stdout, "d")]
        {
            assert_eq!(pipe.push(stdio, text.as_bytes()), 1);
        }
        let chunks: Vec<_> = std::iter::from_fn(|| read(&pipe)).map(|c| (c.stdio, c.bytes)).collect();
        let expected = [(Stdio::Stdout, "ab"), (Stdio::Stderr, "c"), (Stdio::Stdout, "d")];
        assert_eq!(chunks, expected.map(|(stdio, text)| (stdio, text.as_bytes().to_vec())));
    }

    #[test]
    fn a_writer_waits_for_room_and_nothing_is_lost() {
        let pipe = Pipe::default();
        let bytes: Vec<u8> = (0..3 * CAPACITY).map(|n| n as u8).collect();
        let mut write = pin!(pipe.write(Stdio::Stdout, &bytes));
        let mut cx = Context::from_waker(Waker::noop());
        let mut seen = Vec::new();
        while write.as_mut().poll(&mut cx).is_pending() {
            assert_eq!(pipe.lock().length, CAPACITY);
            let chunk = read(&pipe).unwrap();
            assert!(chunk.bytes.len() <= LARGEST_CHUNK);
            seen.extend(chunk.bytes);
        }
        seen.extend(std::iter::from_fn(|| read(&pipe)).flat_map(|chunk| chunk.bytes));
        assert!(seen == bytes);
        assert_eq!(pipe.lock().length, 0);
    }
}
