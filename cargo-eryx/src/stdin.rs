//! Standard input of this process, for the code that runs in a sandbox.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::mpsc::{self, Receiver};

/// Bytes read at once.
const BLOCK: usize = 16 << 10;

/// Reads standard input on a separate thread, because no other way of waiting works for terminals, pipes and
/// files alike. The thread starts at the code's first read, so input that the code does not read stays in the
/// stream.
#[derive(Default)]
pub(crate) struct ProcessStdin {
    blocks: Option<Receiver<io::Result<Vec<u8>>>>,
    /// The rest of the last block.
    block: Vec<u8>,
}

impl AsyncRead for ProcessStdin {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.blocks.is_none() {
            self.blocks = Some(start()?);
        }
        let Self { blocks: Some(blocks), block } = &mut *self else { return Poll::Ready(Ok(())) };
        if block.is_empty() {
            match ready!(blocks.poll_recv(cx)) {
                Some(read) => *block = read?,
                None => return Poll::Ready(Ok(())),
            }
        }
        let count = block.len().min(buffer.remaining());
        buffer.put_slice(&block[..count]);
        block.drain(..count);
        Poll::Ready(Ok(()))
    }
}

fn start() -> io::Result<Receiver<io::Result<Vec<u8>>>> {
    let (sender, blocks) = mpsc::channel(1);
    thread::Builder::new().name("stdin".into()).spawn(move || {
        loop {
            let mut block = vec![0; BLOCK];
            let read = io::stdin().lock().read(&mut block);
            let ended = matches!(read, Ok(0) | Err(_));
            let sent = sender.blocking_send(read.map(|count| {
                block.truncate(count);
                block
            }));
            if ended || sent.is_err() {
                return;
            }
        }
    })?;
    Ok(blocks)
}
