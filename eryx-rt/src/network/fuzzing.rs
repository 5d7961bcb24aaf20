//! Rules and secrets for the fuzzers.

use std::net::IpAddr;
use std::sync::Arc;

use super::policy::NetworkPolicy;
use super::secret::{RequestFilter, SecretDeclaration, SecretScrubber, Secrets};
use super::{address, rule};

/// One rule of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FuzzRule(rule::Rule);

impl FuzzRule {
    /// Parses a rule.
    ///
    /// # Errors
    /// If the text is not a rule.
    pub fn parse(text: &str) -> Result<Self, String> {
        rule::Rule::parse(text).map(Self)
    }

    pub fn allows_name(&self, name: &str, port: u16) -> bool {
        self.0.allows_name(name, Some(port))
    }

    pub fn names_address(&self, address: IpAddr, port: u16) -> bool {
        self.0.names_address(address, Some(port))
    }
}

/// Returns a host name in the form in which names are compared.
pub fn normal_name(name: &str) -> Option<String> {
    rule::normal_name(name)
}

/// Returns whether an address is not on the public internet.
pub fn is_special(address: IpAddr) -> bool {
    address::special(address).is_some()
}

/// Returns whether a policy allows a connection to an address that was found under a name.
pub fn connects(policy: &NetworkPolicy, name: Option<&str>, address: IpAddr, port: u16) -> bool {
    policy.check_connection(name.into_iter(), address, port).is_ok()
}

/// A secret with its placeholder, in one sandbox.
pub struct FuzzSecret(Arc<Secrets>);

impl FuzzSecret {
    /// Declares a secret for a host.
    ///
    /// # Errors
    /// If the value or the host is invalid.
    pub fn new(value: &str, host: &str) -> Result<Self, String> {
        let declared = SecretDeclaration::new("T", value, vec![host.to_owned()])?;
        Secrets::new(&[declared]).map(Arc::new).map(Self)
    }

    pub fn placeholder(&self) -> String {
        self.0.placeholders().remove(0).placeholder
    }

    /// Returns the bytes that the server receives when the guest sends these pieces.
    pub fn sent<'a>(&self, server: &str, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut requests = RequestFilter::new(Arc::clone(&self.0), server.to_owned());
        let mut sent = Vec::new();
        for piece in pieces {
            requests.push(piece, &mut sent);
        }
        requests.end(&mut sent);
        sent
    }

    /// Returns the bytes that the guest receives when the server sends these pieces.
    pub fn received<'a>(&self, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut scrub = SecretScrubber::new(Arc::clone(&self.0));
        let mut received = Vec::new();
        for piece in pieces {
            scrub.push(piece, &mut received);
        }
        scrub.end(&mut received);
        received
    }
}
