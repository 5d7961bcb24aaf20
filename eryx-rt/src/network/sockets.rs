//! The connections of one interpreter, and their common limits.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use eryx_runtime::bindings::eryx::sandbox::net::{Error, ErrorCode};

use super::failure::{closed, fail};
use super::policy::NetworkPolicy;
use super::socket::Socket;
use crate::budget::Budget;

/// The connections of one interpreter, and its use of the policy's limits.
#[derive(Default)]
pub(super) struct Sockets {
    open: BTreeMap<u32, Socket>,
    made: u64,
    sent: u64,
    received: u64,
}

impl Sockets {
    pub(super) fn get(&mut self, socket: u32) -> Result<&mut Socket, Error> {
        self.open.get_mut(&socket).ok_or_else(closed)
    }

    pub(super) fn find(&self, socket: u32) -> Option<&Socket> {
        self.open.get(&socket)
    }

    pub(super) fn connect(
        &mut self,
        socket: u32,
        peer: SocketAddr,
        policy: &NetworkPolicy,
        budget: &Budget,
    ) -> Result<(), Error> {
        if self.open.contains_key(&socket) {
            return Err(fail(ErrorCode::Invalid, "the socket is connected already"));
        }
        if self.open.len() >= policy.connections {
            let most = policy.connections;
            return Err(fail(ErrorCode::Limit, format!("a sandbox may have {most} connections open")));
        }
        if self.made >= policy.total_connections {
            let most = policy.total_connections;
            return Err(fail(ErrorCode::Limit, format!("a sandbox may make {most} connections")));
        }
        self.made += 1;
        self.open.insert(socket, Socket::connect(peer, policy, budget)?);
        Ok(())
    }

    pub(super) async fn send(
        &mut self,
        socket: u32,
        bytes: &[u8],
        timeout: Option<Duration>,
        policy: &NetworkPolicy,
    ) -> Result<usize, Error> {
        let left = policy.sent_bytes.saturating_sub(self.sent);
        let part = &bytes[..bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
        if part.is_empty() && !bytes.is_empty() {
            let most = policy.sent_bytes;
            return Err(fail(ErrorCode::Limit, format!("a sandbox may send {most} bytes")));
        }
        let count = self.get(socket)?.send(part, timeout).await?;
        self.sent += count as u64;
        Ok(count)
    }

    pub(super) async fn receive(
        &mut self,
        socket: u32,
        most: usize,
        peek: bool,
        timeout: Option<Duration>,
        policy: &NetworkPolicy,
    ) -> Result<Vec<u8>, Error> {
        let left = usize::try_from(policy.received_bytes.saturating_sub(self.received)).unwrap_or(usize::MAX);
        if left == 0 && most > 0 {
            let most = policy.received_bytes;
            return Err(fail(ErrorCode::Limit, format!("a sandbox may receive {most} bytes")));
        }
        let bytes = self.get(socket)?.receive(most.min(left), peek, timeout).await?;
        if !peek {
            self.received += bytes.len() as u64;
        }
        Ok(bytes)
    }

    pub(super) fn close(&mut self, socket: u32) {
        self.open.remove(&socket);
    }
}
