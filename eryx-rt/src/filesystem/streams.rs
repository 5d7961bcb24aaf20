//! Files as WASI streams, which wasi-libc's `read` and `write` use.

use bytes::Bytes;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::location::{MemoryHandle, lock};
use super::namespace::{READ_PERMIT, part};
use crate::clocks::Clocks;
use crate::tree::{Node, Tree};

/// Maximum length of one write.
const WRITE_PERMIT: u64 = 1 << 20;

/// A stream that reads a file from front to back.
pub(super) struct FileReader {
    pub(super) file: ReadableFile,
    pub(super) at: u64,
}

pub(super) enum ReadableFile {
    Packed(Tree, u32),
    Memory(MemoryHandle),
}

#[wasmtime_wasi::async_trait]
impl Pollable for FileReader {
    async fn ready(&mut self) {}
}

impl InputStream for FileReader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let bytes = match &self.file {
            ReadableFile::Packed(tree, number) => {
                let content = tree.node(*number).and_then(Node::content).unwrap_or_default();
                Bytes::copy_from_slice(part(content, self.at, size as u64))
            }
            ReadableFile::Memory(handle) => {
                let size = (size as u64).min(READ_PERMIT) as usize;
                lock(&handle.memory).read(handle.node, self.at, size).map_err(failed)?.into()
            }
        };
        if bytes.is_empty() && size > 0 {
            return Err(StreamError::Closed);
        }
        self.at += bytes.len() as u64;
        Ok(bytes)
    }
}

/// A stream that writes to a file, from an offset on.
pub(super) struct FileWriter {
    pub(super) file: MemoryHandle,
    pub(super) clocks: Clocks,
    /// The offset of the next byte; `None` always appends.
    pub(super) at: Option<u64>,
}

#[wasmtime_wasi::async_trait]
impl Pollable for FileWriter {
    async fn ready(&mut self) {}
}

impl OutputStream for FileWriter {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let now = self.clocks.wall();
        let end = lock(&self.file.memory).write(self.file.node, self.at, &bytes, now).map_err(failed)?;
        if self.at.is_some() {
            self.at = Some(end);
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    /// Returns how many bytes fit, so that a file can grow to the last byte of the quota. Never returns zero, because
    /// zero makes the guest wait. A write that does not fit fails.
    fn check_write(&mut self) -> StreamResult<usize> {
        let room = lock(&self.file.memory).room(self.file.node, self.at).map_err(failed)?;
        Ok(room.clamp(1, WRITE_PERMIT) as usize)
    }
}

pub(super) fn failed(code: ErrorCode) -> StreamError {
    StreamError::LastOperationFailed(wasmtime::Error::from(code))
}
