//! The client side of one TLS session of a guest.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eryx_runtime::bindings::eryx::sandbox::net::{Error, ErrorCode, TlsInfo, TlsSettings, Verification};
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore};

use super::super::failure::{fail, would_block};
use super::super::policy::NetworkPolicy;
use super::super::secret::{RequestFilter, SecretScrubber, Secrets};
use super::super::trust::{ServerCheck, provider, verifier_of};
use crate::budget::{Budget, Charge};

/// Maximum bytes of one transfer: the guest must not decide how much the host allocates.
const MOST: usize = 64 << 10;

/// The charge for a session: the four buffers of 64 KiB that it may fill.
const SESSION: usize = 256 << 10;

/// Maximum number of root certificates that a guest may add for one session.
const MOST_ROOTS: usize = 1000;

pub(in super::super) struct TlsSession {
    connection: ClientConnection,
    name: String,
    peer_closed: bool,
    /// Why the session is unusable.
    failure: Option<Error>,
    check: Arc<ServerCheck>,
    secrets: Arc<Secrets>,
    /// Inserts the secrets, if the server may receive any. `None` until the server is verified.
    requests: Option<RequestFilter>,
    /// Removes the secrets from received data, if the sandbox has any.
    scrub: Option<SecretScrubber>,
    /// Bytes to send after the secrets were inserted, and received bytes after they were removed.
    outgoing: Vec<u8>,
    incoming: Vec<u8>,
    _charge: Charge,
}

impl TlsSession {
    pub(super) fn open(
        settings: TlsSettings,
        policy: &NetworkPolicy,
        secrets: &Arc<Secrets>,
        budget: &Budget,
    ) -> Result<Self, Error> {
        let TlsSettings { server_name, verification, protocols, roots, lowest, highest } = settings;
        let certificates: usize = roots.iter().map(|root| root.len() + size_of_val(root)).sum();
        // Parsing a certificate takes two more copies for a short time.
        let charge = budget
            .charge(SESSION + 3 * certificates)
            .map_err(|reached| fail(ErrorCode::Limit, reached.to_string()))?;
        let unverified = verification == Verification::None;
        if unverified && !policy.unverified_tls {
            return Err(tls(
                "the sandbox's network policy does not let code turn off the verification of certificates; the \
                 program that runs the sandbox can allow it with NetworkPolicy::with_unverified_tls",
            ));
        }
        let host = policy.trust.verifier();
        if let (Err(why), true) = (&host, roots.is_empty() && !unverified) {
            return Err(tls(why));
        }
        let guest = if roots.is_empty() {
            None
        } else if policy.guest_roots && roots.len() <= MOST_ROOTS {
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(roots.into_iter().map(CertificateDer::from));
            Some(verifier_of(store).map_err(tls)?)
        } else {
            return Err(tls("the sandbox's network policy does not let code add root certificates"));
        };
        let name = match ServerName::try_from(server_name.clone()) {
            Ok(name) => name,
            // The server is not verified, so its name does not matter. rustls does not send an address to the server.
            Err(_) if unverified && server_name.is_empty() => IpAddr::V4(Ipv4Addr::UNSPECIFIED).into(),
            Err(_) => {
                return Err(fail(
                    ErrorCode::Invalid,
                    "the server's name is neither a host name nor an address",
                ));
            }
        };
        let versions: Vec<_> = [&rustls::version::TLS12, &rustls::version::TLS13]
            .into_iter()
            .filter(|version| (lowest..=highest).contains(&u16::from(version.version)))
            .collect();
        if versions.is_empty() {
            return Err(tls(
                "the context allows neither TLS 1.2 nor TLS 1.3, and other versions are not supported",
            ));
        }
        let check = Arc::new(ServerCheck { host, guest, unverified, verified: AtomicBool::new(false) });
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&versions)
            .map_err(|error| tls(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::<ServerCheck>::clone(&check))
            .with_no_client_auth();
        config.alpn_protocols = protocols.into_iter().map(String::into_bytes).collect();
        if secrets.any_for(&server_name) {
            // HTTP/2 compresses headers, so placeholders in them could not be found.
            config.alpn_protocols.retain(|protocol| protocol != b"h2");
        }
        // Each session is separate, so that a server cannot link sessions of different sandboxes by their tickets.
        config.resumption = Resumption::disabled();
        let connection =
            ClientConnection::new(Arc::new(config), name).map_err(|error| tls(error.to_string()))?;
        let scrub = (!secrets.is_empty()).then(|| SecretScrubber::new(Arc::clone(secrets)));
        Ok(Self {
            connection,
            name: server_name,
            peer_closed: false,
            failure: None,
            check,
            secrets: Arc::clone(secrets),
            requests: None,
            scrub,
            outgoing: Vec::new(),
            incoming: Vec::new(),
            _charge: charge,
        })
    }

    /// Consumes records from the server, as many as the buffers have room for.
    pub(in super::super) fn feed(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let mut left = bytes;
        while !left.is_empty() && !self.peer_closed {
            match self.connection.read_tls(&mut left) {
                Ok(1..) => {}
                // The guest must read plaintext first.
                Ok(0) | Err(_) => break,
            }
            match self.connection.process_new_packets() {
                Ok(state) => self.peer_closed = state.peer_has_closed(),
                Err(error) => {
                    let error = explain(&error, &self.name);
                    self.failure = Some(error.clone());
                    return Err(error);
                }
            }
        }
        // Bytes after the end of the session are ignored.
        Ok(if self.peer_closed { bytes.len() } else { bytes.len() - left.len() })
    }

    /// Returns records for the server; after a failure, the alert that reports it.
    pub(in super::super) fn drain(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        let mut buffer = vec![0; most.min(MOST)];
        let whole = buffer.len();
        let mut room = buffer.as_mut_slice();
        while !room.is_empty() && (self.connection.wants_write() || !self.outgoing.is_empty()) {
            match self.connection.write_tls(&mut room) {
                Ok(1..) => {}
                Ok(0) => break,
                Err(error) => return Err(tls(error.to_string())),
            }
            self.pass_on()?;
        }
        let left = room.len();
        buffer.truncate(whole - left);
        Ok(buffer)
    }

    /// Consumes plaintext for the server, as much as the buffers have room for.
    pub(in super::super) fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if self.connection.is_handshaking() {
            return Ok(0);
        }
        self.pass_on()?;
        if !self.outgoing.is_empty() {
            return Ok(0);
        }
        let part = &bytes[..bytes.len().min(MOST)];
        if self.requests.is_none()
            && self.check.verified.load(Ordering::Relaxed)
            && self.secrets.any_for(&self.name)
        {
            self.requests = Some(RequestFilter::new(Arc::clone(&self.secrets), self.name.clone()));
        }
        let Some(requests) = &mut self.requests else {
            return self.connection.writer().write(part).map_err(|error| tls(error.to_string()));
        };
        requests.push(part, &mut self.outgoing);
        self.pass_on()?;
        Ok(part.len())
    }

    /// Encrypts the outgoing bytes, as far as the buffers have room.
    fn pass_on(&mut self) -> Result<(), Error> {
        if !self.outgoing.is_empty() {
            let sent =
                self.connection.writer().write(&self.outgoing).map_err(|error| tls(error.to_string()))?;
            self.outgoing.drain(..sent);
        }
        Ok(())
    }

    /// Returns plaintext from the server.
    pub(in super::super) fn read(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        let most = most.min(MOST);
        let mut buffer = vec![0; most];
        while self.incoming.is_empty() {
            let count = match self.connection.reader().read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(self.failure.clone().unwrap_or_else(would_block));
                }
                Err(error) => return Err(tls(error.to_string())),
            };
            match &mut self.scrub {
                None => {
                    buffer.truncate(count);
                    return Ok(buffer);
                }
                Some(scrub) if count == 0 => {
                    scrub.end(&mut self.incoming);
                    break;
                }
                Some(scrub) => scrub.push(&buffer[..count], &mut self.incoming),
            }
        }
        let rest = self.incoming.split_off(most.min(self.incoming.len()));
        Ok(std::mem::replace(&mut self.incoming, rest))
    }

    pub(in super::super) fn state(&self) -> TlsInfo {
        let connection = &self.connection;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        TlsInfo {
            handshaking: connection.is_handshaking(),
            wants_write: connection.wants_write() || !self.outgoing.is_empty(),
            peer_closed: self.peer_closed,
            version: connection.protocol_version().map_or(0, u16::from),
            cipher: connection
                .negotiated_cipher_suite()
                .and_then(|suite| suite.suite().as_str())
                .unwrap_or_default()
                .to_owned(),
            protocol: connection.alpn_protocol().map(text),
        }
    }

    pub(in super::super) fn certificates(&self) -> Vec<Vec<u8>> {
        self.connection.peer_certificates().unwrap_or_default().iter().map(|one| one.to_vec()).collect()
    }

    /// Tells the server that no more data will follow.
    pub(in super::super) fn finish(&mut self) -> Result<(), Error> {
        if let Some(requests) = &mut self.requests {
            requests.end(&mut self.outgoing);
            self.pass_on()?;
        }
        self.connection.send_close_notify();
        Ok(())
    }
}

fn tls(message: impl Into<String>) -> Error {
    fail(ErrorCode::Tls, message)
}

/// Converts a TLS error for the guest, with OpenSSL's wording for the usual ones.
fn explain(error: &rustls::Error, name: &str) -> Error {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return tls(error.to_string());
    };
    let why = match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "certificate has expired".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "certificate is not yet valid".into()
        }
        CertificateError::UnknownIssuer => {
            "unable to get local issuer certificate (the host of the sandbox does not trust its issuer; the \
             program that runs the sandbox can add it with NetworkPolicy::with_root_certificate)"
                .into()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("Hostname mismatch, certificate is not valid for '{name}'.")
        }
        other => other.to_string(),
    };
    fail(ErrorCode::BadCertificate, why)
}
