//! Files outside of the sandbox as WASI streams.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::location::{OutsideHandle, SharedFiles, lock};
use super::namespace::READ_PERMIT;
use super::outside;
use super::streams::failed;

/// Maximum number of bytes in a stream's buffer, for read-ahead or for pending writes.
const PIECE: usize = 64 << 10;

/// A stream that reads a file from front to back.
pub(super) struct OutsideReader {
    open: Arc<OutsideHandle>,
    at: u64,
    /// The result of the read-ahead, which starts when the guest waits for the stream to become ready.
    ahead: Option<StreamResult<Bytes>>,
    _mark: Arc<()>,
}

impl OutsideReader {
    pub(super) fn new(open: Arc<OutsideHandle>, at: u64, mark: Arc<()>) -> Self {
        Self { open, at, ahead: None, _mark: mark }
    }

    async fn fetch(&self, size: usize) -> StreamResult<Bytes> {
        let bytes = outside::read(&self.open, self.at, size).await.map_err(failed)?;
        if bytes.is_empty() && size > 0 { Err(StreamError::Closed) } else { Ok(bytes) }
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for OutsideReader {
    async fn ready(&mut self) {
        if self.ahead.is_none() {
            self.ahead = Some(self.fetch(PIECE).await);
        }
    }
}

#[wasmtime_wasi::async_trait]
impl InputStream for OutsideReader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        match self.ahead.take() {
            Some(Ok(mut bytes)) => {
                let part = bytes.split_to(size.min(bytes.len()));
                self.at += part.len() as u64;
                if !bytes.is_empty() {
                    self.ahead = Some(Ok(bytes));
                }
                Ok(part)
            }
            Some(Err(error)) => Err(error),
            // The buffer is empty; `ready` fills it.
            None => Ok(Bytes::new()),
        }
    }

    /// Reads exactly as much as the guest asks for. The guest calls it if it can wait.
    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        if self.ahead.is_some() {
            return self.read(size);
        }
        let bytes = self.fetch(size.min(READ_PERMIT as usize)).await?;
        self.at += bytes.len() as u64;
        Ok(bytes)
    }
}

/// A stream that writes to a file, from an offset on.
pub(super) struct OutsideWriter {
    open: Arc<OutsideHandle>,
    memory: SharedFiles,
    /// The offset of the next byte; `None` always appends.
    at: Option<u64>,
    /// Bytes from the guest that are not written yet.
    pending: Option<Bytes>,
    /// The number of bytes that the guest may write next; `ready` sets it.
    permit: StreamResult<usize>,
    _mark: Arc<()>,
}

impl OutsideWriter {
    pub(super) fn new(open: Arc<OutsideHandle>, memory: SharedFiles, at: Option<u64>, mark: Arc<()>) -> Self {
        Self { open, memory, at, pending: None, permit: Ok(0), _mark: mark }
    }

    async fn write_pending(&mut self) -> StreamResult<()> {
        // The bytes stay in `pending` until they are written, because the waiting caller may be dropped and call again.
        while let Some(bytes) = self.pending.clone() {
            let count = match outside::write(&self.open, &self.memory, self.at, bytes.clone()).await {
                Ok(count) => count,
                Err(error) => {
                    self.pending = None;
                    return Err(failed(error));
                }
            };
            self.at = self.at.map(|at| at + count as u64);
            self.pending = Some(bytes.slice(count..)).filter(|left| !left.is_empty());
        }
        Ok(())
    }

    /// Returns how many bytes fit, so that a file can grow to the last byte of the quota. Never returns zero, because
    /// zero makes the guest wait. A write that does not fit fails.
    async fn room(&self) -> StreamResult<usize> {
        let free = lock(&self.memory).meter.free();
        let free = free.saturating_sub(self.at.unwrap_or(0));
        // The file's length matters only if the quota is almost used up.
        let room = if free >= PIECE as u64 {
            free
        } else {
            let metadata = self.open.file().map_err(failed)?.metadata().await;
            let size = metadata.map_err(|error| failed(outside::code(error)))?.size;
            lock(&self.memory).meter.room(size, self.at)
        };
        Ok(room.clamp(1, PIECE as u64) as usize)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for OutsideWriter {
    async fn ready(&mut self) {
        if let Ok(0) = self.permit {
            self.permit = match self.write_pending().await {
                Ok(()) => self.room().await,
                Err(error) => Err(error),
            };
        }
    }
}

#[wasmtime_wasi::async_trait]
impl OutputStream for OutsideWriter {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        match self.permit {
            Ok(permit) if bytes.len() <= permit => {}
            _ => return Err(StreamError::trap("more was written than `check-write` allowed")),
        }
        self.permit = Ok(0);
        self.pending = Some(bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        // An error is reported once.
        match std::mem::replace(&mut self.permit, Ok(0)) {
            Ok(permit) => {
                self.permit = Ok(permit);
                Ok(permit)
            }
            error => error,
        }
    }

    /// Writes the pending bytes when the stream is dropped.
    async fn cancel(&mut self) {
        if self.write_pending().await.is_err() {
            tracing::debug!("could not write the rest of a dropped stream");
        }
    }
}
