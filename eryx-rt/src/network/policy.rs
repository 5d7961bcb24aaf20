//! What a program lets its sandboxes reach.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::address;
use super::resolver::{Resolver, SystemResolver};
use super::rule::Rule;
use super::secret::{SecretDeclaration, Secrets};
use super::trust::TrustRoots;
use crate::error::ConfigError;

/// What the network is to a sandbox: nothing, until something is allowed.
///
/// A rule is a host, with or without a colon and ports:
///
/// | rule | allows |
/// | --- | --- |
/// | `api.example.com:443` | this name at this port |
/// | `api.example.com` | this name at every port |
/// | `*.example.com:8000-8999` | every name below `example.com`, which is not itself one of them |
/// | `*:443` | every name and every public address |
/// | `10.1.0.0/16:5432`, `127.0.0.1:8080`, `[::1]:8080`, `[fd00::/8]:443` | these addresses, and names that have them |
///
/// Addresses that are not of the public internet (loopback, private, link-local with the metadata services of clouds,
/// multicast, every disguise of them in IPv6, …) are reached only if a rule names them as addresses, whatever a name
/// resolves to.
///
/// ```
/// use std::time::Duration;
/// use eryx_rt::network::NetworkPolicy;
///
/// let policy = NetworkPolicy::new()
///     .with_rule("api.github.com:443")
///     .with_rule("*.example.org:443")
///     .with_connections(4)
///     .with_received_bytes(64 << 20)
///     .with_idle_timeout(Duration::from_secs(10));
/// ```
#[derive(Clone)]
#[must_use]
pub struct NetworkPolicy {
    rules: Vec<Rule>,
    /// What cannot be used, and why. It is told of when a sandbox is built.
    mistakes: Vec<(String, String)>,
    pub(super) resolver: Arc<dyn Resolver>,
    pub(super) connections: usize,
    pub(super) total_connections: u64,
    pub(super) sent_bytes: u64,
    pub(super) received_bytes: u64,
    pub(super) connect_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) trust: TrustRoots,
    pub(super) guest_roots: bool,
    pub(super) unverified_tls: bool,
    secrets: Vec<SecretDeclaration>,
}

impl Default for NetworkPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for NetworkPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkPolicy").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl NetworkPolicy {
    /// A policy that allows nothing yet. Of what will be allowed, one interpreter may have 16 connections open and make
    /// 1,000, send 64 MiB and receive 256 MiB; connecting and looking up a name may take 10 seconds each, and
    /// connections may be silent for 60 seconds.
    pub fn new() -> Self {
        Self {
            rules: Vec::new(),
            mistakes: Vec::new(),
            resolver: Arc::new(SystemResolver),
            connections: 16,
            total_connections: 1000,
            sent_bytes: 64 << 20,
            received_bytes: 256 << 20,
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            trust: TrustRoots::default(),
            guest_roots: false,
            unverified_tls: false,
            secrets: Vec::new(),
        }
    }

    /// Allows what a rule says. A rule that cannot be read makes [`build`](crate::SandboxBuilder::build) fail.
    pub fn with_rule(mut self, rule: impl AsRef<str>) -> Self {
        let text = rule.as_ref();
        match Rule::parse(text) {
            Ok(rule) => self.rules.push(rule),
            Err(problem) => self.mistakes.push((format!("rule `{text}`"), problem)),
        }
        self
    }

    /// How names are looked up: by the system, unless this says otherwise.
    pub fn with_resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// How many connections one interpreter may have open at once.
    pub fn with_connections(mut self, count: usize) -> Self {
        self.connections = count;
        self
    }

    /// How many connections one interpreter may make in its life.
    pub fn with_total_connections(mut self, count: u64) -> Self {
        self.total_connections = count;
        self
    }

    /// How many bytes one interpreter may send in its life, as they go over the wire.
    pub fn with_sent_bytes(mut self, bytes: u64) -> Self {
        self.sent_bytes = bytes;
        self
    }

    /// How many bytes one interpreter may receive in its life, as they come over the wire.
    pub fn with_received_bytes(mut self, bytes: u64) -> Self {
        self.received_bytes = bytes;
        self
    }

    /// How long connecting may take, and looking up a name.
    pub fn with_connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// How long a connection may be waited for while it neither sends nor receives anything. Then it is closed.
    pub fn with_idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = time;
        self
    }

    /// Trusts a certificate authority besides those that the machine trusts: certificates in PEM, or one in DER.
    pub fn with_root_certificate(mut self, certificate: impl AsRef<[u8]>) -> Self {
        if let Err(problem) = self.trust.add(certificate.as_ref()) {
            self.mistakes.push(("root certificate".to_owned(), problem));
        }
        self
    }

    /// Does not trust what the machine trusts, only what
    /// [`with_root_certificate`](Self::with_root_certificate) adds.
    pub fn without_platform_roots(mut self) -> Self {
        self.trust.platform = false;
        self
    }

    /// Lets code in the sandbox trust more certificate authorities, with `SSLContext.load_verify_locations`. Otherwise
    /// what it loads changes nothing: libraries do so as a matter of course.
    pub fn with_guest_roots(mut self) -> Self {
        self.guest_roots = true;
        self
    }

    /// Lets code in the sandbox turn off the verification of certificates (`verify=False`), which is an error
    /// otherwise. No secret is ever sent over a session that was not verified.
    pub fn with_unverified_tls(mut self) -> Self {
        self.unverified_tls = true;
        self
    }

    /// A secret that code in the sandbox can use and cannot have.
    ///
    /// The code finds a placeholder under `name` in `os.environ` and in `eryx.secret(name)`: a random text of the same
    /// length, which differs in each sandbox. Where the code sends that in the head of an HTTP request (its line, its
    /// headers, and within `Authorization: Basic`) over TLS to one of `hosts`, names or patterns such as
    /// `*.example.com`, the host puts the secret in its place. Bodies, plain HTTP, and HTTP/2 do not get it. Should the
    /// secret come back, over TLS from wherever, it is replaced by the placeholder, as it is in what the code writes
    /// and returns.
    ///
    /// A secret has 8 to 4096 visible ASCII characters, double quotes and backslashes not among them. The hosts have to be [allowed](Self::with_rule) as well.
    ///
    /// ```
    /// # let token = "ghp_0123456789";
    /// use eryx_rt::network::NetworkPolicy;
    /// let policy = NetworkPolicy::new()
    ///     .with_rule("api.github.com:443")
    ///     .with_secret("GITHUB_TOKEN", token, ["api.github.com"]);
    /// ```
    pub fn with_secret(
        mut self,
        name: impl AsRef<str>,
        value: impl AsRef<str>,
        hosts: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let (name, hosts) = (name.as_ref(), hosts.into_iter().map(Into::into).collect());
        match SecretDeclaration::new(name, value.as_ref(), hosts) {
            Ok(secret) => self.secrets.push(secret),
            Err(problem) => self.mistakes.push((format!("secret `{name}`"), problem)),
        }
        self
    }

    /// The secrets with the placeholders of one sandbox.
    pub(crate) fn make_secrets(&self) -> Result<Secrets, ConfigError> {
        Secrets::new(&self.secrets)
            .map_err(|problem| ConfigError::NetworkPolicy { part: "secrets".to_owned(), problem })
    }

    /// Whether everything in it could be read.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        match self.mistakes.first() {
            None => Ok(()),
            Some((part, problem)) => {
                Err(ConfigError::NetworkPolicy { part: part.clone(), problem: problem.clone() })
            }
        }
    }

    /// Whether a name may be looked up.
    pub(super) fn check_name(&self, name: &str) -> Result<(), String> {
        if self.rules.iter().any(|rule| rule.allows_name(name, None)) {
            return Ok(());
        }
        Err(format!(
            "the sandbox's network policy does not allow `{name}`; the program that runs the sandbox can, \
             with NetworkPolicy::with_rule(\"{name}:443\")"
        ))
    }

    /// Whether an address that a name was resolved to may be used at all.
    pub(super) fn check_answer(&self, name: &str, address: IpAddr) -> Result<(), String> {
        let Some(kind) = address::special(address) else { return Ok(()) };
        if self.rules.iter().any(|rule| rule.names_address(address, None)) {
            return Ok(());
        }
        Err(format!(
            "`{name}` has the address {address}, which is {kind}: the sandbox's network policy allows such an address \
             only if it is named, with NetworkPolicy::with_rule(\"{}\")",
            with_port(address, 443)
        ))
    }

    /// Whether an address may be connected to that was found under `names`.
    pub(super) fn check_connection<'a>(
        &self,
        mut names: impl Iterator<Item = &'a str>,
        address: IpAddr,
        port: u16,
    ) -> Result<(), String> {
        if self.rules.iter().any(|rule| rule.names_address(address, Some(port))) {
            return Ok(());
        }
        let target = with_port(address, port);
        if let Some(kind) = address::special(address) {
            return Err(format!(
                "{target} is {kind}: the sandbox's network policy allows such an address only if it is named, with \
                 NetworkPolicy::with_rule(\"{target}\")"
            ));
        }
        if self.rules.iter().any(|rule| rule.allows_unnamed(port)) {
            return Ok(());
        }
        let mut known = None;
        let allowed = names.any(|name| {
            known = Some(name);
            self.rules.iter().any(|rule| rule.allows_name(name, Some(port)))
        });
        if allowed {
            return Ok(());
        }
        let rule = known.map_or(target.clone(), |name| format!("{name}:{port}"));
        Err(format!(
            "the sandbox's network policy does not allow {target}; the program that runs the sandbox can, with \
             NetworkPolicy::with_rule(\"{rule}\")"
        ))
    }
}

fn with_port(address: IpAddr, port: u16) -> String {
    std::net::SocketAddr::new(address, port).to_string()
}
