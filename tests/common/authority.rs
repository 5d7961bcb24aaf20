//! A certificate authority for tests, and servers with its certificates.

use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::server::{Server, http};

/// Issues certificates that only clients with its root trust.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    /// Returns the root certificate.
    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Returns the configuration of a server with these names; its certificate may have expired.
    fn config(&self, names: &[&str], expired: bool) -> Arc<ServerConfig> {
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        params.distinguished_name.push(DnType::CommonName, names[0]);
        if expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
    }

    /// Starts an HTTP server with TLS, which sends requests back.
    pub(crate) fn serve(&self, names: &[&str]) -> Server {
        Self::start(self.config(names, false), http)
    }

    /// Starts the same server with an expired certificate.
    pub(crate) fn serve_expired(&self, names: &[&str]) -> Server {
        Self::start(self.config(names, true), http)
    }

    /// Starts a server with TLS that runs the given function.
    pub(crate) fn serve_with(
        &self,
        names: &[&str],
        serve: impl Fn(StreamOwned<ServerConnection, std::net::TcpStream>, &Mutex<Vec<u8>>)
        + Send
        + Sync
        + 'static,
    ) -> Server {
        Self::start(self.config(names, false), serve)
    }

    fn start(
        config: Arc<ServerConfig>,
        serve: impl Fn(StreamOwned<ServerConnection, std::net::TcpStream>, &Mutex<Vec<u8>>)
        + Send
        + Sync
        + 'static,
    ) -> Server {
        Server::start(move |stream, seen| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            serve(StreamOwned::new(connection, stream), seen);
        })
    }
}
