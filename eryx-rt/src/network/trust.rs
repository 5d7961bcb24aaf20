//! Root certificates, and the verification of servers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// The roots of a policy.
#[derive(Debug, Clone)]
pub(super) struct TrustRoots {
    /// Whether the roots include those of the machine.
    pub(super) platform: bool,
    added: Vec<CertificateDer<'static>>,
    verifier: OnceLock<Result<Arc<WebPkiServerVerifier>, String>>,
}

impl Default for TrustRoots {
    fn default() -> Self {
        Self { platform: true, added: Vec::new(), verifier: OnceLock::new() }
    }
}

impl TrustRoots {
    /// Adds certificates in PEM, or one in DER.
    pub(super) fn add(&mut self, certificate: &[u8]) -> Result<(), String> {
        let added = if certificate.starts_with(b"\x30") {
            vec![CertificateDer::from(certificate.to_vec())]
        } else {
            CertificateDer::pem_slice_iter(certificate)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| format!("it is neither PEM nor DER: {error}"))?
        };
        if added.is_empty() {
            return Err("it contains no certificate".into());
        }
        for one in &added {
            RootCertStore::empty().add(one.clone()).map_err(|error| error.to_string())?;
        }
        self.added.extend(added);
        Ok(())
    }

    /// Returns a verifier for these roots.
    pub(super) fn verifier(&self) -> Result<Arc<WebPkiServerVerifier>, String> {
        let make = || {
            let mut roots = RootCertStore::empty();
            if self.platform {
                roots.add_parsable_certificates(platform_roots().iter().cloned());
            }
            roots.add_parsable_certificates(self.added.iter().cloned());
            verifier_of(roots)
        };
        self.verifier.get_or_init(make).clone()
    }
}

/// Returns the machine's root certificates, which are read once.
fn platform_roots() -> &'static [CertificateDer<'static>] {
    static ROOTS: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "a root certificate of this machine cannot be used");
        }
        found.certs
    })
}

pub(super) fn verifier_of(roots: RootCertStore) -> Result<Arc<WebPkiServerVerifier>, String> {
    if roots.is_empty() {
        return Err(
            "this machine has no root certificates; the program that runs the sandbox can add some, with \
                    NetworkPolicy::with_root_certificate"
                .into(),
        );
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| error.to_string())
}

/// Returns the cryptography provider, which is created once.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(rustls::crypto::ring::default_provider())))
}

/// Verifies the server of one session.
#[derive(Debug)]
pub(super) struct ServerCheck {
    /// The verifier with the policy's roots.
    pub(super) host: Result<Arc<WebPkiServerVerifier>, String>,
    /// The verifier with the guest's roots, if the policy allows them.
    pub(super) guest: Option<Arc<WebPkiServerVerifier>>,
    /// Whether verification is off, if the policy allows that.
    pub(super) unverified: bool,
    /// Whether the policy's roots have verified the server. The guest's roots do not count.
    pub(super) verified: AtomicBool,
}

impl ServerCertVerifier for ServerCheck {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let by = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(certificate, intermediates, name, ocsp, now)
        };
        let error = match &self.host {
            Ok(host) => match by(host) {
                Ok(verified) => {
                    self.verified.store(true, Ordering::Relaxed);
                    return Ok(verified);
                }
                Err(error) => error,
            },
            Err(_) => CertificateError::UnknownIssuer.into(),
        };
        match &self.guest {
            _ if self.unverified => Ok(ServerCertVerified::assertion()),
            Some(guest) => by(guest),
            None => Err(error),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
