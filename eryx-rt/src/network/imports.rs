//! The guest's imports of the network.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use eryx_runtime::bindings::eryx::sandbox::net::{
    self, Allowances, Ends, Error, ErrorCode, Interest, Readiness, Secret, TlsInfo, TlsSettings,
};
use tokio::time::{Instant, sleep_until};

use super::address;
use super::failure::{closed, fail};
use super::offline::no_network;
use super::state::Network;
use super::tls::TlsSession;
use super::view::NetworkView;

impl NetworkView<'_> {
    /// Returns the network, or an error if the sandbox has none.
    fn network(&mut self) -> Result<&mut Network, Error> {
        self.network.as_deref_mut().ok_or_else(no_network)
    }

    fn session(&mut self, session: u32) -> Result<&mut TlsSession, Error> {
        self.network()?.tls.get(session)
    }
}

fn duration(nanoseconds: Option<u64>) -> Option<Duration> {
    nanoseconds.map(Duration::from_nanos)
}

impl net::Host for NetworkView<'_> {
    async fn resolve(&mut self, name: String) -> wasmtime::Result<Result<Vec<String>, Error>> {
        let Network { policy, names, .. } = match self.network() {
            Ok(network) => network,
            Err(error) => return Ok(Err(error)),
        };
        let addresses = names.resolve(policy, &name).await;
        Ok(addresses.map(|all| all.iter().map(IpAddr::to_string).collect()))
    }

    fn connect(&mut self, socket: u32, address: String, port: u16) -> wasmtime::Result<Result<(), Error>> {
        let budget = self.budget.clone();
        let mut connect = || {
            let Network { policy, names, sockets, .. } = self.network()?;
            let Ok(ip) = address.parse::<IpAddr>() else {
                return Err(fail(ErrorCode::Invalid, "expected an address, not a name"));
            };
            let ip = address::plain(ip);
            let peer = SocketAddr::new(ip, port);
            policy.check_connection(names.of(ip), ip, port).map_err(|why| {
                tracing::debug!(%peer, "connection refused");
                fail(ErrorCode::Denied, why)
            })?;
            sockets.connect(socket, peer, policy, &budget)
        };
        Ok(connect())
    }

    async fn connected(&mut self, socket: u32, timeout: Option<u64>) -> wasmtime::Result<Result<(), Error>> {
        Ok(match self.network().and_then(|network| network.sockets.get(socket)) {
            Ok(socket) => socket.connected(duration(timeout)).await,
            Err(error) => Err(error),
        })
    }

    async fn send(
        &mut self,
        socket: u32,
        bytes: Vec<u8>,
        timeout: Option<u64>,
    ) -> wasmtime::Result<Result<u32, Error>> {
        let Network { policy, sockets, .. } = match self.network() {
            Ok(network) => network,
            Err(error) => return Ok(Err(error)),
        };
        let sent = sockets.send(socket, &bytes, duration(timeout), policy).await;
        Ok(sent.map(|count| count as u32))
    }

    async fn receive(
        &mut self,
        socket: u32,
        most: u32,
        peek: bool,
        timeout: Option<u64>,
    ) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        let Network { policy, sockets, .. } = match self.network() {
            Ok(network) => network,
            Err(error) => return Ok(Err(error)),
        };
        Ok(sockets.receive(socket, most as usize, peek, duration(timeout), policy).await)
    }

    fn shutdown(&mut self, socket: u32, which: Ends) -> wasmtime::Result<Result<(), Error>> {
        let socket = self.network().and_then(|network| network.sockets.get(socket));
        Ok(socket.and_then(|socket| socket.shutdown(which)))
    }

    fn close(&mut self, socket: u32) -> wasmtime::Result<()> {
        if let Ok(network) = self.network() {
            network.sockets.close(socket);
        }
        Ok(())
    }

    async fn poll(
        &mut self,
        interests: Vec<Interest>,
        timeout: Option<u64>,
        callbacks: bool,
    ) -> wasmtime::Result<Readiness> {
        let sockets = match &mut self.network {
            Some(network) if !interests.is_empty() => &mut network.sockets,
            // The sockets were opened before a restore, and this sandbox has no network. Reports them as ready, so that
            // the guest reads their error.
            None if !interests.is_empty() => return Ok(Readiness { ready: interests, completion: None }),
            _ => {
                let completion = self.calls.wait(timeout, callbacks).await?;
                return Ok(Readiness { ready: Vec::new(), completion });
            }
        };
        // The guest may name sockets that do not exist. They are ready at once: using them returns an error.
        if interests.iter().any(|interest| sockets.find(interest.socket).is_none()) {
            let mut ready = interests;
            ready.retain(|interest| sockets.find(interest.socket).is_none());
            return Ok(Readiness { ready, completion: None });
        }
        // Registers each socket once, also if the guest names it several times.
        let mut wanted = BTreeMap::new();
        for interest in interests {
            *wanted.entry(interest.socket).or_insert(Ends::empty()) |= interest.ends;
        }
        let mut watches = Vec::new();
        let mut failed = Vec::new();
        let mut until = duration(timeout).and_then(|timeout| Instant::now().checked_add(timeout));
        for (socket, ends) in wanted {
            // A socket that cannot be registered is ready at once, and its next use returns the error.
            match sockets.find(socket).ok_or_else(closed).and_then(|one| Ok((one, one.watch(ends)?))) {
                Ok((one, watch)) => {
                    until = [until, one.expires().map(Instant::from_std)].into_iter().flatten().min();
                    watches.push((socket, one, watch));
                }
                Err(error) => failed.push((Interest { socket, ends }, error)),
            }
        }
        if !failed.is_empty() {
            drop(watches);
            let tell = |(interest, error): (Interest, Error)| {
                if let Ok(socket) = sockets.get(interest.socket) {
                    socket.fail(error);
                }
                interest
            };
            return Ok(Readiness { ready: failed.into_iter().map(tell).collect(), completion: None });
        }
        let mut next = pin!(self.calls.next());
        let mut sleep = pin!(until.map(sleep_until));
        let mut waits_for_calls = callbacks;
        poll_fn(|context| {
            let mut ready = Vec::new();
            for (socket, _, watch) in &watches {
                let ends = watch.poll(context);
                if ends != Ends::empty() {
                    ready.push(Interest { socket: *socket, ends });
                }
            }
            let mut completion = None;
            if waits_for_calls && let Poll::Ready(done) = next.as_mut().poll(context) {
                completion = done?;
                // No call is in flight, and none can start during the wait.
                waits_for_calls = false;
            }
            if !ready.is_empty() || completion.is_some() {
                return Poll::Ready(Ok(Readiness { ready, completion }));
            }
            if let Some(sleep) = sleep.as_mut().as_pin_mut()
                && sleep.poll(context).is_ready()
            {
                // Either the guest's time-out or a socket's time-out expired. An expired socket is ready: its next use
                // returns the error.
                let now = std::time::Instant::now();
                let expired =
                    watches.iter().filter(|(_, one, _)| one.expires().is_some_and(|end| end <= now));
                let ready = expired.map(|(socket, _, watch)| watch.all(*socket)).collect();
                return Poll::Ready(Ok(Readiness { ready, completion: None }));
            }
            Poll::Pending
        })
        .await
    }

    fn tls_open(&mut self, session: u32, settings: TlsSettings) -> wasmtime::Result<Result<(), Error>> {
        let budget = self.budget.clone();
        let open = |network: &mut Network| {
            network.tls.open(session, settings, &network.policy, &network.secrets, &budget)
        };
        Ok(self.network().and_then(open))
    }

    fn tls_feed(&mut self, session: u32, bytes: Vec<u8>) -> wasmtime::Result<Result<u32, Error>> {
        Ok(self.session(session).and_then(|session| session.feed(&bytes)).map(|count| count as u32))
    }

    fn tls_drain(&mut self, session: u32, most: u32) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        Ok(self.session(session).and_then(|session| session.drain(most as usize)))
    }

    fn tls_write(&mut self, session: u32, bytes: Vec<u8>) -> wasmtime::Result<Result<u32, Error>> {
        Ok(self.session(session).and_then(|session| session.write(&bytes)).map(|count| count as u32))
    }

    fn tls_read(&mut self, session: u32, most: u32) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        Ok(self.session(session).and_then(|session| session.read(most as usize)))
    }

    fn tls_state(&mut self, session: u32) -> wasmtime::Result<Result<TlsInfo, Error>> {
        Ok(self.session(session).map(|session| session.state()))
    }

    fn tls_certificates(&mut self, session: u32) -> wasmtime::Result<Result<Vec<Vec<u8>>, Error>> {
        Ok(self.session(session).map(|session| session.certificates()))
    }

    fn tls_finish(&mut self, session: u32) -> wasmtime::Result<Result<(), Error>> {
        Ok(self.session(session).and_then(TlsSession::finish))
    }

    fn tls_close(&mut self, session: u32) -> wasmtime::Result<()> {
        if let Ok(network) = self.network() {
            network.tls.close(session);
        }
        Ok(())
    }

    fn tls_allows(&mut self) -> wasmtime::Result<Allowances> {
        let mut allowances = Allowances::empty();
        if let Ok(network) = self.network() {
            if network.policy.guest_roots {
                allowances |= Allowances::GUEST_ROOTS;
            }
            if network.policy.unverified_tls {
                allowances |= Allowances::UNVERIFIED;
            }
        }
        Ok(allowances)
    }

    fn secrets(&mut self) -> wasmtime::Result<Vec<Secret>> {
        Ok(self.network().map_or_else(|_| Vec::new(), |network| network.secrets.placeholders()))
    }
}
