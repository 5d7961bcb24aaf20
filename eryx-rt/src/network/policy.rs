//! The rules and limits for a sandbox's network.

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

/// The hosts that a sandbox may reach, and the limits on its connections. A new policy allows no host.
///
/// A rule is a host with optional ports:
///
/// | rule | allows |
/// | --- | --- |
/// | `api.example.com:443` | this name at this port |
/// | `api.example.com` | this name at every port |
/// | `*.example.com:8000-8999` | every name below `example.com`, but not `example.com` itself |
/// | `*:443` | every name and every public address |
/// | `10.1.0.0/16:5432`, `127.0.0.1:8080`, `[::1]:8080`, `[fd00::/8]:443` | these addresses, and names that have them |
///
/// Addresses outside of the public internet need a rule that names them as addresses. A rule for a name is not enough,
/// whatever address the name resolves to. Such addresses are, for example, loopback, private, multicast and link-local
/// addresses (which include the metadata services of clouds), and their forms in IPv6.
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
    /// Invalid parts with the reason. Building a sandbox reports the first one.
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
    /// Creates a policy that allows no host.
    ///
    /// Its default limits for one interpreter: 16 open connections, 1,000 connections in total, 64 MiB sent and 256 MiB
    /// received. Connecting and looking up a name time out after 10 seconds each. A silent connection times out after
    /// 60 seconds.
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

    /// Adds a rule. With an invalid rule, [`build`](crate::SandboxBuilder::build) fails.
    pub fn with_rule(mut self, rule: impl AsRef<str>) -> Self {
        let text = rule.as_ref();
        match Rule::parse(text) {
            Ok(rule) => self.rules.push(rule),
            Err(problem) => self.mistakes.push((format!("rule `{text}`"), problem)),
        }
        self
    }

    /// Sets the resolver for names. The default is the system's resolver.
    pub fn with_resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Sets how many connections one interpreter may have open at the same time.
    pub fn with_connections(mut self, count: usize) -> Self {
        self.connections = count;
        self
    }

    /// Sets how many connections one interpreter may make during its life.
    pub fn with_total_connections(mut self, count: u64) -> Self {
        self.total_connections = count;
        self
    }

    /// Sets how many bytes one interpreter may send during its life, counted on the wire.
    pub fn with_sent_bytes(mut self, bytes: u64) -> Self {
        self.sent_bytes = bytes;
        self
    }

    /// Sets how many bytes one interpreter may receive during its life, counted on the wire.
    pub fn with_received_bytes(mut self, bytes: u64) -> Self {
        self.received_bytes = bytes;
        self
    }

    /// Sets the time-out for connecting and for looking up a name.
    pub fn with_connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// Sets how long code may wait for a connection that neither sends nor receives. Then the connection is closed.
    pub fn with_idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = time;
        self
    }

    /// Trusts a certificate authority in addition to the machine's. Takes certificates in PEM, or one in DER.
    pub fn with_root_certificate(mut self, certificate: impl AsRef<[u8]>) -> Self {
        if let Err(problem) = self.trust.add(certificate.as_ref()) {
            self.mistakes.push(("root certificate".to_owned(), problem));
        }
        self
    }

    /// Ignores the machine's root certificates and trusts only those from
    /// [`with_root_certificate`](Self::with_root_certificate).
    pub fn without_platform_roots(mut self) -> Self {
        self.trust.platform = false;
        self
    }

    /// Lets code in the sandbox trust more certificate authorities, with `SSLContext.load_verify_locations`. By
    /// default, the certificates that it loads have no effect and raise no error, because many libraries load some
    /// routinely.
    pub fn with_guest_roots(mut self) -> Self {
        self.guest_roots = true;
        self
    }

    /// Lets code in the sandbox turn off the verification of certificates (`verify=False`). By default this is an
    /// error. Secrets are never sent over an unverified session.
    pub fn with_unverified_tls(mut self) -> Self {
        self.unverified_tls = true;
        self
    }

    /// Adds a secret that code in the sandbox can use but not read.
    ///
    /// The code finds a placeholder under `name` in `os.environ` and in `eryx.secret(name)`. The placeholder is a
    /// random text of the same length and differs in each sandbox. The host replaces it with the secret if the code
    /// sends it
    ///
    /// - over TLS to one of `hosts`, which are names or patterns such as `*.example.com`, and
    /// - in the head of an HTTP/1 request: the request line, the headers, and within `Authorization: Basic`.
    ///
    /// Bodies, plain HTTP and HTTP/2 keep the placeholder. The host replaces the secret with the placeholder in all
    /// data that any server sends over TLS, and in the code's output and results.
    ///
    /// A secret has 8 to 4096 visible ASCII characters, without double quotes and backslashes. A
    /// [rule](Self::with_rule) must allow the hosts as well.
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

    /// Creates the placeholders for one sandbox.
    pub(crate) fn make_secrets(&self) -> Result<Secrets, ConfigError> {
        Secrets::new(&self.secrets)
            .map_err(|problem| ConfigError::NetworkPolicy { part: "secrets".to_owned(), problem })
    }

    /// Checks that all parts of the policy are valid.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        match self.mistakes.first() {
            None => Ok(()),
            Some((part, problem)) => {
                Err(ConfigError::NetworkPolicy { part: part.clone(), problem: problem.clone() })
            }
        }
    }

    /// Checks whether a name may be looked up.
    pub(super) fn check_name(&self, name: &str) -> Result<(), String> {
        if self.rules.iter().any(|rule| rule.allows_name(name, None)) {
            return Ok(());
        }
        Err(format!(
            "the sandbox's network policy does not allow `{name}`; the program that runs the sandbox can allow it \
             with NetworkPolicy::with_rule(\"{name}:443\")"
        ))
    }

    /// Checks whether an address that a name resolved to may be used.
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

    /// Checks whether an address that was found under `names` may be connected to.
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
            "the sandbox's network policy does not allow {target}; the program that runs the sandbox can allow it with \
             NetworkPolicy::with_rule(\"{rule}\")"
        ))
    }
}

fn with_port(address: IpAddr, port: u16) -> String {
    std::net::SocketAddr::new(address, port).to_string()
}
