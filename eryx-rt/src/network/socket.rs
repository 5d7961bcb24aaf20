//! One TCP connection of a guest.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use eryx_runtime::bindings::eryx::sandbox::net::{Ends, Error, ErrorCode, Interest};
use socket2::{Domain, Protocol, Type};
use tokio::io::Interest as Readiness;
use tokio::io::unix::AsyncFd;

use super::failure::{fail, of_io, would_block};
use super::policy::NetworkPolicy;
use crate::budget::{Budget, Charge};

/// Sizes of the kernel's buffers for a socket, in bytes. Without them, Linux lets a buffer grow to several MiB. Linux
/// doubles the sizes for its own needs, and lowers them to the limits of the system.
const RECEIVE_BUFFER: usize = 256 << 10;
const SEND_BUFFER: usize = 128 << 10;

/// Maximum bytes of one transfer: the guest must not decide how much the host allocates.
const MOST: usize = 64 << 10;

/// The error on a tokio runtime that cannot wait for sockets.
const NO_IO: &str = "the sandbox runs on a tokio runtime without I/O, which a network needs; the program that runs the \
                     sandbox can turn it on with `enable_io` or `enable_all` of `tokio::runtime::Builder`";

/// A socket of the system. It is not registered with an event loop, because different runtimes may run a session one
/// after another. Each wait registers it for its own duration.
pub(super) struct Socket {
    stream: TcpStream,
    peer: SocketAddr,
    connecting: bool,
    /// Why the socket is unusable. The system reports the error once, but the guest may ask again.
    failure: Option<Error>,
    /// The time of the last activity.
    silent_since: Instant,
    connect_timeout: Duration,
    idle_timeout: Duration,
    /// The charge for the kernel's buffers.
    _charge: Charge,
}

impl Socket {
    /// Begins to connect. The kernel's buffers count against the host's memory budget.
    pub(super) fn connect(peer: SocketAddr, policy: &NetworkPolicy, budget: &Budget) -> Result<Self, Error> {
        let open = || -> io::Result<(socket2::Socket, usize)> {
            let socket = socket2::Socket::new(Domain::for_address(peer), Type::STREAM, Some(Protocol::TCP))?;
            socket.set_nonblocking(true)?;
            // Before connecting, because the receive buffer decides the window that TCP offers.
            socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
            socket.set_send_buffer_size(SEND_BUFFER)?;
            let buffers = socket.recv_buffer_size()? + socket.send_buffer_size()?;
            Ok((socket, buffers))
        };
        let (socket, buffers) = open().map_err(|error| of_io(&error))?;
        let charge = budget.charge(buffers).map_err(|reached| fail(ErrorCode::Limit, reached.to_string()))?;
        let begin = || -> io::Result<TcpStream> {
            match socket.connect(&peer.into()) {
                Err(error) if error.raw_os_error() != Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => {
                    return Err(error);
                }
                _ => {}
            }
            let stream = TcpStream::from(socket);
            // Python's clients write whole requests, so Nagle's algorithm would only delay them.
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let stream = begin().map_err(|error| of_io(&error))?;
        let socket = Self {
            stream,
            peer,
            connecting: true,
            failure: None,
            silent_since: Instant::now(),
            connect_timeout: policy.connect_timeout,
            idle_timeout: policy.idle_timeout,
            _charge: charge,
        };
        // Checks now that the runtime can wait for sockets, instead of failing during an exchange.
        socket.register(Readiness::WRITABLE)?;
        Ok(socket)
    }

    /// Waits for the end of connecting, and returns its result.
    pub(super) async fn connected(&mut self, timeout: Option<Duration>) -> Result<(), Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        while self.connecting {
            if let Some(error) = self.stream.take_error().map_err(|error| of_io(&error))? {
                return Err(self.fail(of_io(&error)));
            }
            match self.stream.peer_addr() {
                Ok(_) => {
                    self.connecting = false;
                    self.silent_since = Instant::now();
                    tracing::debug!(peer = %self.peer, "connected");
                }
                Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                    self.wait(Readiness::WRITABLE, timeout).await?;
                }
                Err(error) => return Err(self.fail(of_io(&error))),
            }
        }
        Ok(())
    }

    pub(super) async fn send(&mut self, bytes: &[u8], timeout: Option<Duration>) -> Result<usize, Error> {
        let bytes = &bytes[..bytes.len().min(MOST)];
        self.transfer(Readiness::WRITABLE, timeout, |mut stream| stream.write(bytes)).await
    }

    pub(super) async fn receive(
        &mut self,
        most: usize,
        peek: bool,
        timeout: Option<Duration>,
    ) -> Result<Vec<u8>, Error> {
        let mut buffer = vec![0; most.min(MOST)];
        let count = self
            .transfer(Readiness::READABLE, timeout, |mut stream| {
                if peek { stream.peek(&mut buffer) } else { stream.read(&mut buffer) }
            })
            .await?;
        buffer.truncate(count);
        Ok(buffer)
    }

    async fn transfer(
        &mut self,
        interest: Readiness,
        timeout: Option<Duration>,
        mut attempt: impl FnMut(&TcpStream) -> io::Result<usize>,
    ) -> Result<usize, Error> {
        self.connected(Some(Duration::ZERO)).await?;
        loop {
            match attempt(&self.stream) {
                Ok(count) => {
                    self.silent_since = Instant::now();
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(of_io(&error)),
                Err(_) => {}
            }
            self.wait(interest, timeout).await?;
        }
    }

    pub(super) fn shutdown(&mut self, ends: Ends) -> Result<(), Error> {
        let how = match (ends.contains(Ends::READING), ends.contains(Ends::WRITING)) {
            (true, true) => Shutdown::Both,
            (true, false) => Shutdown::Read,
            (false, true) => Shutdown::Write,
            (false, false) => return Ok(()),
        };
        self.stream.shutdown(how).map_err(|error| of_io(&error))
    }

    /// Returns when waiting for the socket ends, regardless of the guest's time-out.
    pub(super) fn expires(&self) -> Option<Instant> {
        self.silent_since.checked_add(if self.connecting { self.connect_timeout } else { self.idle_timeout })
    }

    /// Shuts down a socket after its time-out. The other end sees that it is closed.
    fn expire(&mut self) -> Error {
        // Fails if the socket is not connected yet, or no longer.
        let _ = self.stream.shutdown(Shutdown::Both);
        let peer = self.peer;
        self.fail(fail(
            ErrorCode::TimedOut,
            if self.connecting {
                format!("{peer} did not answer within {:?}", self.connect_timeout)
            } else {
                let time = self.idle_timeout;
                format!("the connection to {peer} was silent for {time:?}, the limit of the sandbox")
            },
        ))
    }

    /// Records why the socket is unusable.
    pub(super) fn fail(&mut self, error: Error) -> Error {
        self.failure = Some(error.clone());
        error
    }

    /// Waits until the socket may be ready.
    async fn wait(&mut self, interest: Readiness, timeout: Option<Duration>) -> Result<(), Error> {
        let now = Instant::now();
        let own = self.expires();
        if own.is_some_and(|own| own <= now) {
            return Err(self.expire());
        }
        if timeout == Some(Duration::ZERO) {
            return Err(would_block());
        }
        let guest = timeout.and_then(|timeout| now.checked_add(timeout));
        let until = [guest, own].into_iter().flatten().min();
        let waited = {
            let registered = self.register(interest)?;
            let ready = registered.ready(interest);
            match until {
                Some(until) => {
                    tokio::time::timeout_at(until.into(), ready).await.map(|ready| ready.map(drop))
                }
                None => Ok(ready.await.map(drop)),
            }
        };
        match waited {
            Ok(ready) => ready.map_err(|error| of_io(&error)),
            Err(_) if own == until => Err(self.expire()),
            Err(_) => Err(fail(ErrorCode::TimedOut, "timed out")),
        }
    }

    /// Registers the socket with the runtime.
    ///
    /// # Errors
    /// If the runtime has no I/O, or the system refuses.
    fn register(&self, interest: Readiness) -> Result<AsyncFd<BorrowedFd<'_>>, Error> {
        // tokio panics on a runtime without I/O, and has no query for it. It panics before it changes any state.
        let register = || {
            // SAFETY: the descriptor stays open and the same as long as the registration lives, because the
            // registration borrows the stream.
            unsafe { AsyncFd::register_with_interest(self.stream.as_fd(), interest) }
        };
        if let Ok(registered) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(register)) {
            registered.map_err(|error| of_io(&error.into()))
        } else {
            tracing::error!("{NO_IO}");
            Err(fail(ErrorCode::Other, NO_IO))
        }
    }

    /// Registers the socket for a wait on several sockets.
    pub(super) fn watch(&self, ends: Ends) -> Result<SocketWatch<'_>, Error> {
        let interest = match (ends.contains(Ends::READING), ends.contains(Ends::WRITING)) {
            (true, true) => Readiness::READABLE | Readiness::WRITABLE,
            (false, true) => Readiness::WRITABLE,
            _ => Readiness::READABLE,
        };
        let registered = self.register(interest)?;
        Ok(SocketWatch { registered, ends })
    }
}

/// A socket in a wait on several sockets.
pub(super) struct SocketWatch<'s> {
    registered: AsyncFd<BorrowedFd<'s>>,
    ends: Ends,
}

impl SocketWatch<'_> {
    /// Returns all ends that the wait is for.
    pub(super) fn all(&self, socket: u32) -> Interest {
        Interest { socket, ends: self.ends }
    }

    /// Returns the ends that are ready.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Ends {
        let mut ready = Ends::empty();
        if self.ends.contains(Ends::READING)
            && let Poll::Ready(_) = self.registered.poll_read_ready(context)
        {
            ready |= Ends::READING;
        }
        if self.ends.contains(Ends::WRITING)
            && let Poll::Ready(_) = self.registered.poll_write_ready(context)
        {
            ready |= Ends::WRITING;
        }
        ready
    }
}
