//! Files outside of the sandbox as WASI streams.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::location::{OutsideHandle, SharedFiles, lock};
use super::namespace::READ_PERMIT;
use super::outside;
use super::streams::failed;

/// Most bytes that a stream holds: of what was read ahead, or of what is to be written.
const PIECE: usize = 64 << 10;

/// A file being read from front to back.
pub(super) struct OutsideReader {
    open: Arc<OutsideHandle>,
    at: u64,
    /// What was read ahead for a guest that asked to be told when there is something; or why that failed.
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
            // Nothing yet: `ready` fetches it.
            None => Ok(Bytes::new()),
        }
    }

    /// What the guest does when it can wait: exactly what it asks for is read.
    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        if self.ahead.is_some() {
            return self.read(size);
        }
        let bytes = self.fetch(size.min(READ_PERMIT as usize)).await?;
        self.at += bytes.len() as u64;
        Ok(bytes)
    }
}

/// A file being written from some place on.
pub(super) struct OutsideWriter {
    open: Arc<OutsideHandle>,
    memory: SharedFiles,
    /// Where the next byte goes; `None` is always the end.
    at: Option<u64>,
    /// What the guest gave and nobody has written yet.
    pending: Option<Bytes>,
    /// What the guest may give next; asked for by `ready`.
    permit: StreamResult<usize>,
    _mark: Arc<()>,
}

impl OutsideWriter {
    pub(super) fn new(open: Arc<OutsideHandle>, memory: SharedFiles, at: Option<u64>, mark: Arc<()>) -> Self {
        Self { open, memory, at, pending: None, permit: Ok(0), _mark: mark }
    }

    async fn write_pending(&mut self) -> StreamResult<()> {
        // It stays until it is written: whoever waits may stop waiting and come again.
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

    /// What fits, so that a file can be filled to the last byte of the quota. Never zero, which would mean to wait: a
    /// write of what does not fit fails.
    async fn room(&self) -> StreamResult<usize> {
        let free = lock(&self.memory).meter.free();
        let free = free.saturating_sub(self.at.unwrap_or(0));
        // The length of the file matters only where the quota is nearly used up.
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
        // An error is told once.
        match std::mem::replace(&mut self.permit, Ok(0)) {
            Ok(permit) => {
                self.permit = Ok(permit);
                Ok(permit)
            }
            error => error,
        }
    }

    /// The stream is dropped: what it was given is still written.
    async fn cancel(&mut self) {
        if self.write_pending().await.is_err() {
            tracing::debug!("what was left in a dropped stream could not be written");
        }
    }
}
